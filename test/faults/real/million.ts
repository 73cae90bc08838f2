/**
 * `node million.ts EVENTS`: as many events through 20 plugins, one of which is stopped and reads nothing. The other 19 stand in a
 * ring: each publishes its share and hears its neighbour's; the stopped one has subscribed to everybody's. Prints figures as JSON.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { heapAfterGc } from "../../support/heap.ts";
import { Ledger } from "../../support/ledger.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { type Heard, putCrew } from "./crew.ts";

export interface MillionFigures {
  readonly published: number;
  readonly answers: Record<string, number>;
  /** Of each healthy plugin, what it heard of its neighbour. */
  readonly healthy: readonly { readonly count: number; readonly sum: number; readonly ordered: boolean }[];
  readonly healthyLost: number;
  /** `addressed` is what it was to hear: all that was published since it subscribed. */
  readonly stuck: {
    readonly addressed: number;
    readonly received: number;
    readonly lost: number;
    readonly losses: number;
  };
  /** What each healthy one was to hear. */
  readonly share: number;
  readonly ms: number;
  readonly heapGrowthBytes: number;
  readonly peakGrowthBytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly open: readonly string[];
}

const ringSize = 19;
/** Requests that each plugin has in flight: enough to keep the host busy all the time, without a queue before each answer. */
const window = 16;
const names = Array.from({ length: ringSize }, (_, index) => `ring-${index}`);

const share = Math.ceil(Number(process.argv[2] ?? 1_000_000) / ringSize);
const ledger = new Ledger();
const real = await realHost({
  launcher: (inner) => ledger.watch(inner),
  packages: (folder) => {
    for (const [index, name] of names.entries())
      putCrew(folder, name, { topics: [`ring.${(index + 1) % ringSize}`], publishes: `ring.${index}` });
    putCrew(folder, "stuck", { topics: ["ring.>"] });
  },
});
const runs = await Promise.all([...names, "stuck"].map((name) => real.host.supervisor.ensureRunning(name)));
const stuckPid = runs.at(-1)?.pid;
if (stuckPid === undefined) throw new Error("The plugin has no process.");
// What a first round compiles and allocates for good is not growth.
const warmUp = 2_000;
await Promise.all(names.map((name, index) => publish(real, name, index, warmUp)));
process.kill(stuckPid, "SIGSTOP");

const before = await heapAfterGc();
const delay = monitorEventLoopDelay({ resolution: 1 });
let peak = 0;
const sampler = setInterval(() => {
  const { heapUsed, external } = process.memoryUsage();
  peak = Math.max(peak, heapUsed + external);
}, 100);
const began = performance.now();
delay.enable();
const tallies = await Promise.all(names.map((name, index) => publish(real, name, index, share)));
const heard = await Promise.all(
  names.map((name) =>
    until(`${name} has heard all`, async () => {
      const said = await heardBy(real, name);
      return countOf(said) + said.lost >= share + warmUp && said;
    }),
  ),
);
delay.disable();
const ms = performance.now() - began;
clearInterval(sampler);
const heapGrowthBytes = (await heapAfterGc()) - before;

process.kill(stuckPid, "SIGCONT");
// What was lost is told with the next event that it is sent.
let addressed = (share + warmUp) * ringSize;
const stuck = await until("all is delivered or told as lost", async () => {
  await publish(real, "ring-0", 0, 1);
  addressed++;
  const said = await heardBy(real, "stuck");
  return countOf(said) + said.lost >= addressed && said;
});
const answers: Record<string, number> = {};
for (const tally of tallies)
  for (const [key, count] of Object.entries(tally)) answers[key] = (answers[key] ?? 0) + count;
const figures: MillionFigures = {
  published: share * ringSize,
  answers,
  healthy: heard.map(({ sources }) => Object.values(sources)[0] ?? { count: 0, sum: 0, ordered: false }),
  healthyLost: heard.reduce((sum, { lost }) => sum + lost, 0),
  stuck: { addressed, received: countOf(stuck), lost: stuck.lost, losses: stuck.losses },
  share: share + warmUp,
  ms,
  heapGrowthBytes,
  peakGrowthBytes: peak - before,
  p50Ms: delay.percentile(50) / 1e6,
  p99Ms: delay.percentile(99) / 1e6,
  maxMs: delay.max / 1e6,
  open: ledger.open,
};
await real.stop();
console.log(JSON.stringify(figures));

async function publish(
  { host }: RealHost,
  name: string,
  index: number,
  count: number,
): Promise<Record<string, number>> {
  const args = { do: "work", count, window, kinds: ["publish"], topic: `ring.${index}` };
  const call = { caller: "person", to: { plugin: name }, name: "go", args, timeoutMs: 600_000 } as const;
  return (await host.calls.call(call)).result as Record<string, number>;
}

async function heardBy({ host }: RealHost, name: string): Promise<Heard> {
  return (await host.calls.call({ caller: "person", to: { plugin: name }, name: "go", args: { do: "heard" } }))
    .result as Heard;
}

function countOf({ sources }: Heard): number {
  return Object.values(sources).reduce((sum, { count }) => sum + count, 0);
}
