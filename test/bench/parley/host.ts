/**
 * Parley itself in the middle: the whole host with its real launcher, its database, rules, limits and journal, and plugins
 * in processes of their own. Argument: the folder with the ends as bundles.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestText, realHost } from "../../support/realHost.ts";
import { type FanOutCell, fanOut, type Received } from "../loop.ts";
import { payloadSchema } from "../payload.ts";
import { serve } from "../rig.ts";

const bundles = process.argv[2] as string;
/** Where the host's own profile goes, if it is profiled; those of the ends are put beside it. */
const profiles = process.execArgv.find((argument) => argument.startsWith("--cpu-prof-dir="))?.split("=")[1];
const mostSubscribers = 50;
const why = "It measures.";
const offer = (name: string, more: object = {}) => ({ name, description: "For the bench.", action: "read", ...more });
const echo = offer("echo", { input: payloadSchema, output: payloadSchema });

/** The start of a program that profiles itself until it ends. */
function profiling(file: string): string {
  return `import { Session } from "node:inspector";
import { writeFileSync } from "node:fs";
const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.start");
process.on("exit", () =>
  session.post("Profiler.stop", (_error, { profile }) => writeFileSync(${JSON.stringify(file)}, JSON.stringify(profile))));
`;
}

/** A package that runs one of the bundles. */
function put(
  folder: string,
  name: string,
  bundle: string,
  args: readonly string[],
  parley: Record<string, unknown>,
): void {
  const root = join(folder, name);
  mkdirSync(root);
  const profiled = profiles ? profiling(join(profiles, `${name}.cpuprofile`)) : "";
  writeFileSync(join(root, "plugin.mjs"), `${profiled}await import(process.argv[2]);\n`);
  const run = { runtime: "node", entry: "./plugin.mjs", args: [join(bundles, bundle), ...args] };
  writeFileSync(join(root, "plugin.json"), manifestText(name, { run, ...parley }));
}

const { host, stop, said } = await realHost({
  packages(folder) {
    const mayCall = [{ verb: "call", target: "bench-*/*", why }];
    put(folder, "bench-caller", "caller.mjs", ["bench-target"], { wants: mayCall, offers: [offer("run")] });
    put(folder, "bench-target", "target.mjs", [], { offers: [echo] });
    put(folder, "bench-bare-caller", "bareEnd.mjs", ["bench-bare-target"], { wants: mayCall, offers: [offer("run")] });
    put(folder, "bench-bare-target", "bareEnd.mjs", [], { offers: [echo] });
    const publish = [{ verb: "publish", target: "bench.>", why }];
    put(folder, "bench-publisher", "publisher.mjs", [], { wants: publish, offers: [offer("publish")] });
    for (let index = 0; index < mostSubscribers; index++) {
      const wants = [{ verb: "subscribe", target: "bench.>", why }];
      const offers = [offer("ready"), offer("arm"), offer("wait", { timeout: 120_000 })];
      put(folder, `bench-s${index}`, "subscriber.mjs", [String(index)], { wants, offers });
    }
  },
});

async function ask<T>(plugin: string, name: string, args: Record<string, unknown> = {}): Promise<T> {
  const { result } = await host.calls.call({ caller: "person", to: { plugin }, name, args, timeoutMs: 120_000 });
  return result as T;
}

const askSubscribers = <T>(count: number, name: string) =>
  Promise.all(Array.from({ length: count }, (_, index) => ask<T>(`bench-s${index}`, name)));

serve(
  {
    twoHop: ({ bare, ...cell }: { bare?: boolean }) => ask(bare ? "bench-bare-caller" : "bench-caller", "run", cell),
    async prepareFanOut({ subscribers }: { subscribers: number }) {
      // A few at a time: they are started before the clock runs.
      for (let index = 0; index < subscribers; index += 10)
        await Promise.all(
          Array.from({ length: Math.min(10, subscribers - index) }, (_, offset) =>
            ask(`bench-s${index + offset}`, "ready"),
          ),
        );
      await host.supervisor.ensureRunning("bench-publisher");
    },
    async fanOut(cell: FanOutCell) {
      await askSubscribers(cell.subscribers, "arm");
      return fanOut(
        () => ask("bench-publisher", "publish", { ...cell }),
        () => askSubscribers<Received>(cell.subscribers, "wait"),
      );
    },
    heap: () => process.memoryUsage(),
    said: () => said,
  },
  stop,
);
