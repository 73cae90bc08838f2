/**
 * `npm run bench [-- --only two-hop|fan-out|activation|store] [--repetitions N] [--stacks a,b] [--cells a,b] [--payload BYTES]
 * [--profile FOLDER] [--against CHECKOUT]`
 *
 * Prints tables, says which figures to reach are missed, and writes `test/results/bench-<part>.json`. It never fails for
 * a figure: times on a shared machine are for comparing, within one run, and not for a gate.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../tools/paths.ts";
import type { Report } from "./samples.ts";
import type { StackName } from "./stacks.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    only: { type: "string" },
    repetitions: { type: "string" },
    stacks: { type: "string" },
    cells: { type: "string" },
    payload: { type: "string" },
    profile: { type: "string" },
    against: { type: "string" },
  },
});

const repetitions = values.repetitions === undefined ? undefined : Number(values.repetitions);
const stacks = values.stacks?.split(",") as StackName[] | undefined;
const columns = values.cells?.split(",");
const payload = values.payload === undefined ? undefined : Number(values.payload);
const { profile, against } = values;

/** Each part is loaded when it is run. */
const parts: Readonly<Record<string, () => Promise<Report>>> = {
  "two-hop": async () =>
    (await import("./twoHop.ts")).measureTwoHop({
      stacks,
      columns,
      payload,
      profile,
      against,
      repetitions: repetitions ?? 5,
    }),
  "fan-out": async () =>
    (await import("./fanOut.ts")).measureFanOut({ stacks, columns, profile, against, repetitions: repetitions ?? 3 }),
  activation: async () => (await import("./activation.ts")).measureActivation(repetitions ?? 5),
  store: async () => (await import("./store.ts")).measureStore(),
};

if (values.only !== undefined && !Object.hasOwn(parts, values.only))
  throw new Error(`--only takes one of ${Object.keys(parts).join(", ")}; "${values.only}" is none.`);

const missed: string[] = [];
let compared = 0;
for (const [name, measure] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue;
  const before = loadavg()[0] ?? 0;
  const begin = performance.now();
  const report = await measure();
  const seconds = Math.round((performance.now() - begin) / 1_000);
  const load = [before, loadavg()[0] ?? 0].map((value) => value.toFixed(1)).join(" → ");
  console.log(`\n${report.text}\n`);
  compared += report.goals.length;
  for (const { goal, met, figures } of report.goals) {
    console.log(`${met ? "reached" : "MISSED "}  ${goal}: ${figures}`);
    if (!met) missed.push(`${goal}: ${figures}`);
  }
  console.log(`(${seconds} s, ${cpus().length} cores, load ${load}, Node ${process.versions.node})`);
  const file = join(root, "test", "results", `bench-${report.name}.json`);
  mkdirSync(join(root, "test", "results"), { recursive: true });
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model, node: process.versions.node, load };
  writeFileSync(
    file,
    `${JSON.stringify({ at: new Date().toISOString(), machine, seconds, goals: report.goals, ratios: report.ratios, figures: report.figures }, null, 2)}\n`,
  );
}
if (compared === 0) console.log("\nNo figure to reach belongs to what was measured.");
else if (missed.length === 0) console.log("\nEvery figure to reach that was measured was reached.");
else console.log(`\nMissed:\n- ${missed.join("\n- ")}`);
