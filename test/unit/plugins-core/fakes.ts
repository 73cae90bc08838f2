/** A launcher of processes that exist only here, and a supervisor over it. */
import { FakeClock } from "../../../src/base/clock.ts";
import { type Deferred, deferred } from "../../../src/base/deferred.ts";
import { Emitter } from "../../../src/base/emitter.ts";
import { Failure } from "../../../src/base/failure.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { InstalledPlugin } from "../../../src/core/plugins/installed.ts";
import type { SupervisorOptions } from "../../../src/core/plugins/options.ts";
import { PluginSupervisor } from "../../../src/core/plugins/supervisor.ts";
import type { ExitInfo, LaunchSpec, Peer, PluginMessageHandler, PluginProcess } from "../../../src/core/ports.ts";
import { parleyManifest } from "../../../src/protocol/manifest.ts";
import { hostInfo } from "../../support/initialize.ts";

/** A process that does what the test says. */
export class FakeProcess implements PluginProcess {
  readonly spec: LaunchSpec;
  readonly onMessage: PluginMessageHandler;
  readonly runDir = "/runs/x";
  readonly sent: { method: string; params: Record<string, unknown> }[] = [];
  readonly initialize = deferred<unknown>();
  readonly closing = deferred<{ message: string; kind?: "ended" | "broken" | "closed" }>();
  readonly #exit: Deferred<ExitInfo> = deferred();
  readonly #text = new Emitter<{ stream: "stderr" | "stray"; text: string }>();
  ping: () => Promise<unknown> = () => Promise.resolve({});
  stops = 0;
  /** What the last stop said to whoever waited. */
  why: string | undefined;
  kills = 0;
  pid: number | undefined;

  constructor(spec: LaunchSpec, onMessage: PluginMessageHandler, pid: number) {
    this.spec = spec;
    this.onMessage = onMessage;
    this.pid = pid;
  }

  get exited(): Promise<ExitInfo> {
    return this.#exit.promise;
  }

  get onText() {
    return this.#text.event;
  }

  readonly peer: Peer = {
    request: (method, params, options) => {
      this.sent.push({ method, params });
      if (method === "$/ping") return this.ping();
      return new Promise((resolve, reject) => {
        this.initialize.promise.then(resolve, reject);
        options?.signal?.addEventListener("abort", () => reject(new Failure("cancelled", "cancelled")));
      });
    },
    notify: (method, params) => void this.sent.push({ method, params }),
    closed: this.closing.promise,
  };

  stop(why?: string): Promise<ExitInfo> {
    this.stops++;
    this.why = why;
    return this.exited;
  }

  kill(): void {
    this.kills++;
  }

  /** Answers `initialize` well, or as told. */
  answer(result: unknown = { protocolVersion: 1, plugin: { name: "p", version: "2.0.0" }, capabilities: {} }): void {
    this.initialize.resolve(result);
  }

  print(stream: "stderr" | "stray", text: string): void {
    this.#text.fire({ stream, text });
  }

  exit(more: Partial<ExitInfo> = {}): void {
    const exit = { code: 0, signal: null, stderr: "", ...more };
    this.initialize.reject(new Failure("unavailable", "The channel closed."));
    this.initialize.promise.catch(() => {});
    this.closing.resolve({ message: "gone", kind: "ended" });
    this.#exit.resolve(exit);
  }
}

/** `view` and `run` are about the plugin `p`: what is told of it, and its start, which it answers well. */
export function makeSupervisor(options: Partial<SupervisorOptions> = {}) {
  const clock = new FakeClock(1_000_000);
  const processes: FakeProcess[] = [];
  const supervisor = new PluginSupervisor({
    launcher: {
      launch(spec, onMessage) {
        const process = new FakeProcess(spec, onMessage, 100 + processes.length);
        processes.push(process);
        return process;
      },
    },
    clock,
    logger: silentLogger,
    random: () => 0.5,
    hostInfo: () => hostInfo,
    messageHandler: () => () => ({}),
    attach: () => {},
    ...options,
  });
  const last = () => {
    const process = processes.at(-1);
    if (!process) throw new Error("nothing was launched");
    return process;
  };
  const view = () => {
    const found = supervisor.view("p");
    if (!found) throw new Error("p is not installed");
    return found;
  };
  const run = async () => {
    const running = supervisor.ensureRunning("p");
    await settle();
    last().answer();
    return await running;
  };
  return { supervisor, clock, processes, last, view, run };
}

export function plugin(name: string, more: Partial<InstalledPlugin> = {}): InstalledPlugin {
  return {
    name,
    version: "1.0.0",
    description: "A plugin.",
    source: "bundled",
    root: `/plugins/${name}`,
    dataDir: `/data/${name}`,
    manifest: undefined,
    parley: parleyManifest.parse({ parley: "^1", run: { runtime: "node", entry: "./main.js" } }),
    warnings: [],
    ...more,
  };
}

/** Lets promises that are settled run what waits for them. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
