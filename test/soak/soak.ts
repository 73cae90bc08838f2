/**
 * The host and six plugins as real processes, kept at work for a long time: plugins call each other, publish, keep state, cancel and
 * fail; the agent calls tools; one plugin is killed, another restarted, in the middle of it all. After each round everything is counted
 * and, with nothing under way, measured.
 */
import { Failure } from "../../src/base/failure.ts";
import { type Heard, putCrew } from "../faults/real/crew.ts";
import { heapAfterGc } from "../support/heap.ts";
import { Ledger } from "../support/ledger.ts";
import { openDescriptors, processesNaming } from "../support/processes.ts";
import { type RealHost, realHost } from "../support/realHost.ts";
import { until } from "../support/until.ts";
import { floorOf, type Point, slopePer1000 } from "./slope.ts";

/** What the process holds at the end of a round, with nothing under way. */
export interface Sample extends Point {
  readonly ms: number;
  readonly rssBytes: number;
  readonly descriptors: number;
  /** Timers, pipes, processes and the like that keep the event loop alive, by Node's own count. */
  readonly resources: number;
  readonly processes: number;
}

export interface SoakFigures {
  readonly operations: number;
  readonly ms: number;
  /** Requests over the channel, in both directions, and how many of them were settled. */
  readonly requests: { readonly started: number; readonly settled: number; readonly open: readonly string[] };
  /** How often each kind of operation ended how. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly events: {
    readonly published: number;
    readonly heard: number;
    readonly lost: number;
    readonly ordered: boolean;
  };
  readonly crashes: number;
  readonly restarts: number;
  readonly samples: readonly Sample[];
  /** Over the last half of the samples, by the lowest of each five. */
  readonly slopeBytesPer1000: number;
  /** Live processes of the run after its end. */
  readonly orphans: readonly string[];
}

/** What one of the two busy plugins does in turn; of a hundred operations one each is cancelled, fails, or meets the plugin that dies. */
const kinds = Array.from({ length: 100 }, (_, index) => {
  const rare: Record<number, string> = { 7: "cancel", 23: "fail", 41: "victim", 67: "get", 89: "victim", 97: "set" };
  return rare[index] ?? (index % 2 === 0 ? "call" : "publish");
});
const busy = ["busy-0", "busy-1"] as const;
const toolCalls = 500;
export const roundSize = 10_000;
const perBusy = (roundSize - toolCalls) / busy.length;

/** Runs `operations` (rounded up to whole rounds of 10,000). `onSample` hears of each round as it ends. */
export async function runSoak(operations: number, onSample: (sample: Sample) => void = () => {}): Promise<SoakFigures> {
  const ledger = new Ledger();
  const real = await realHost({
    launcher: (inner) => ledger.watch(inner),
    guardian: true,
    packages: (folder) => {
      for (const name of busy) putCrew(folder, name, { publishes: "soak.>", calls: true });
      putCrew(folder, "steady", { topics: ["soak.>"] });
      putCrew(folder, "quiet", {});
      putCrew(folder, "acknowledging", { topics: ["soak.>"], whenSlow: "ack" });
      putCrew(folder, "victim", {});
    },
  });
  const names = [...busy, "steady", "quiet", "acknowledging", "victim"];
  await Promise.all(names.map((name) => real.host.supervisor.ensureRunning(name)));
  const outcomes: Record<string, number> = {};
  const samples: Sample[] = [];
  const began = performance.now();
  const rounds = Math.ceil(operations / roundSize);
  let restarts = 0;
  for (let round = 1; round <= rounds; round++) {
    const disturbing = disturb(real, round);
    const tallies = await Promise.all([...busy.map((name) => work(real, name)), callTools(real, toolCalls)]);
    restarts += await disturbing;
    for (const tally of tallies)
      for (const [key, count] of Object.entries(tally)) outcomes[key] = (outcomes[key] ?? 0) + count;
    await until("nothing is under way", async () => {
      await real.store.readJournal({ limit: 1 });
      const under = [...ledger.open, ...real.host.calls.active().map(({ id }) => id)];
      if (under.length > 0) throw new Error(under.slice(0, 10).join(", "));
      if (ledger.running !== names.length) throw new Error(`${ledger.running} processes run`);
      return true;
    });
    const sample = {
      operations: round * roundSize,
      heapBytes: await heapAfterGc(),
      ms: performance.now() - began,
      rssBytes: process.memoryUsage().rss,
      descriptors: openDescriptors(),
      resources: process.getActiveResourcesInfo().length,
      processes: processesNaming(real.folder).length,
    };
    samples.push(sample);
    onSample(sample);
  }
  const heard = await heardBy(real, "steady");
  const published = outcomes["publish ok"] ?? 0;
  await real.stop();
  return {
    operations: rounds * roundSize,
    ms: performance.now() - began,
    requests: { started: ledger.started, settled: ledger.settled, open: ledger.open },
    outcomes,
    events: {
      published,
      heard: Object.values(heard.sources).reduce((sum, { count }) => sum + count, 0),
      lost: heard.lost,
      ordered: Object.values(heard.sources).every(({ ordered }) => ordered),
    },
    crashes: Math.ceil(rounds / 2),
    restarts,
    samples,
    slopeBytesPer1000: slopePer1000(floorOf(samples.slice(Math.floor(samples.length / 2)), 5)),
    orphans: processesNaming(real.folder).map(({ command }) => command),
  };
}

async function work({ host }: RealHost, name: string): Promise<Record<string, number>> {
  const args = { do: "work", count: perBusy, window: 28, kinds, to: ["steady", "quiet"], topic: "soak.round" };
  const { result } = await host.calls.call({ caller: "person", to: { plugin: name }, name: "go", args });
  return result as Record<string, number>;
}

/** Calls as the agent's tools are called: decided on, and written down before and after. */
async function callTools({ host }: RealHost, count: number): Promise<Record<string, number>> {
  const tally: Record<string, number> = {};
  let next = 0;
  const one = async () => {
    while (next < count) {
      const n = next++;
      const how = n % 10 === 0 ? { do: "fail" } : { n };
      const outcome = await host.calls.call({ caller: "agent", to: { plugin: "steady" }, name: "go", args: how }).then(
        () => "ok",
        (error: unknown) => (error instanceof Failure ? error.kind : String(error)),
      );
      tally[`tool ${outcome}`] = (tally[`tool ${outcome}`] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
  return tally;
}

/** Kills the victim in every other round and restarts it in the others, once the round is under way. Answers 1 for a restart. */
async function disturb({ host }: RealHost, round: number): Promise<number> {
  await until("the round is under way", () => host.calls.active().length > 4, { everyMs: 1 });
  const { pid, epoch } = await host.supervisor.ensureRunning("victim");
  if (round % 2 === 1 && pid !== undefined) {
    process.kill(pid, "SIGKILL");
    await until("its end is seen", () => host.supervisor.running("victim")?.epoch !== epoch, { everyMs: 1 });
  }
  // A person's restart forgives the crash, so that the plugin is not given up after five.
  await host.supervisor.restart("victim");
  return 1 - (round % 2);
}

async function heardBy({ host }: RealHost, name: string): Promise<Heard> {
  return (await host.calls.call({ caller: "person", to: { plugin: name }, name: "go", args: { do: "heard" } }))
    .result as Heard;
}
