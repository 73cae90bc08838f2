/** Calls from one plugin through the host to another and back, beside other stacks in the same three-process shape. */
import type { TwoHopCell, TwoHopFigures } from "./loop.ts";
import { payloadOf } from "./payload.ts";
import type { Rig } from "./rig.ts";
import { type Goal, medianOf, type Report, shown, spreadOf, table } from "./samples.ts";
import { type StackName, type StackOptions, startStacks, titles } from "./stacks.ts";

interface Column extends TwoHopCell {
  readonly key: string;
  readonly title: string;
  /** Microseconds or milliseconds of a call at the median, or calls in a second. */
  readonly unit: "us" | "ms" | "perSecond";
}

const columns: readonly Column[] = [
  { key: "100x1", title: "100 B ×1 p50 µs", bytes: 100, inFlight: 1, ms: 300, unit: "us" },
  { key: "100x32", title: "100 B ×32 calls/s", bytes: 100, inFlight: 32, ms: 400, unit: "perSecond" },
  { key: "100x256", title: "100 B ×256", bytes: 100, inFlight: 256, ms: 400, unit: "perSecond" },
  { key: "10Kx1", title: "10 KB ×1 p50 µs", bytes: 10_000, inFlight: 1, ms: 300, unit: "us" },
  { key: "10Kx32", title: "10 KB ×32", bytes: 10_000, inFlight: 32, ms: 400, unit: "perSecond" },
  { key: "1Mx1", title: "1 MB ×1 p50 ms", bytes: 1_000_000, inFlight: 1, ms: 800, unit: "ms" },
];

const peers: readonly StackName[] = ["stock", "nats"];

export interface TwoHopOptions extends StackOptions {
  readonly stacks?: readonly StackName[];
  readonly columns?: readonly string[];
  /** Only the cells with this many bytes. */
  readonly payload?: number;
  readonly repetitions: number;
}

/** Every repetition goes through all cells, and in each cell through all stacks, so that a busy moment hits all alike. */
export async function measureTwoHop({
  stacks: names,
  columns: keys,
  payload,
  repetitions,
  ...more
}: TwoHopOptions): Promise<Report> {
  const stacks = await startStacks(names ?? ["relay", "stock", "nats", "parley", "bare"], more);
  const chosen = columns.filter(
    ({ key, bytes }) => (!keys || keys.includes(key)) && (payload === undefined || bytes === payload),
  );
  if (chosen.length === 0)
    throw new Error(`No cell is named so: there are ${columns.map(({ key }) => key).join(", ")}.`);
  const samples = new Map<string, number[]>();
  const add = (stack: string, key: string, value: number) => {
    const name = `${stack} ${key}`;
    samples.set(name, [...(samples.get(name) ?? []), value]);
  };
  try {
    const order = [...stacks.rigs];
    for (let repetition = 0; repetition <= repetitions; repetition++) {
      const warming = repetition === 0;
      for (const column of chosen) {
        for (const [name, rig] of order) {
          const { value, brokerUs, allUs } = await measure(name, rig, column);
          if (warming) continue;
          add(name, column.key, value);
          add(`${name} broker`, column.key, brokerUs);
          if (allUs !== undefined) add(`${name} all`, column.key, allUs);
        }
        if (!warming && column.bytes > 100) add("ends", column.key, jsonUsAtTheEnds(column.bytes));
      }
      // Another one goes first next time.
      order.push(...order.splice(0, 1));
    }
  } finally {
    await stacks.stop();
  }
  return report(chosen, [...stacks.rigs.keys()], samples, stacks.skipped);
}

async function measure(name: StackName, rig: Rig, { bytes, inFlight, ms, unit }: Column) {
  const cell = { bytes, inFlight, ms, ...(name === "bare" ? { bare: true } : {}) };
  const before = await rig.ask<number>("cpu");
  const allBefore = rig.cpuUs();
  const { callsPerSecond, p50Us, calls } = await rig.ask<TwoHopFigures>("twoHop", cell);
  const all = rig.cpuUs();
  const brokerUs = ((await rig.ask<number>("cpu")) - before) / calls;
  const allUs = all === undefined || allBefore === undefined ? undefined : (all - allBefore) / calls;
  return { value: unit === "perSecond" ? callsPerSecond : unit === "us" ? p50Us : p50Us / 1_000, brokerUs, allUs };
}

/** What JSON alone costs the two ends of a call: both write once and read once. In microseconds. */
function jsonUsAtTheEnds(bytes: number): number {
  const payload = payloadOf(bytes);
  const message = { jsonrpc: "2.0", id: 1, method: "call", params: payload };
  const times: number[] = [];
  const until = performance.now() + 60;
  while (performance.now() < until || times.length < 3) {
    const begin = performance.now();
    for (let end = 0; end < 2; end++) JSON.parse(Buffer.from(JSON.stringify(message)).toString());
    times.push((performance.now() - begin) * 1_000);
  }
  return medianOf(times);
}

function report(
  chosen: readonly Column[],
  names: readonly StackName[],
  samples: ReadonlyMap<string, readonly number[]>,
  skipped: readonly string[],
): Report {
  const median = (stack: string, key: string) => {
    const values = samples.get(`${stack} ${key}`);
    return values ? medianOf(values) : undefined;
  };
  const rows = names.map((name) => [titles[name], ...chosen.map(({ key }) => shown(median(name, key)))]);
  const others = names.filter((name) => name !== "parley" && names.includes("parley"));
  const ratioTo = (name: StackName, { key, unit }: Column) => {
    const ratio = (median("parley", key) ?? Number.NaN) / (median(name, key) ?? Number.NaN);
    return unit === "perSecond" ? ratio : 1 / ratio;
  };
  const ratios = others.map((name) => [
    `Parley against ${titles[name]}`,
    ...chosen.map((column) => `${ratioTo(name, column).toFixed(2)} ×`),
  ]);
  const noise = names.map((name) => [
    titles[name],
    ...chosen.map(({ key }) => `±${Math.round(spreadOf(samples.get(`${name} ${key}`) ?? []) * 50)} %`),
  ]);
  // NATS's server is not the process that is asked.
  const brokers = names
    .filter((name) => name !== "nats")
    .map((name) => [titles[name], ...chosen.map(({ key }) => shown(median(`${name} broker`, key)))]);
  const all = names.map((name) => [titles[name], ...chosen.map(({ key }) => shown(median(`${name} all`, key)))]);
  const cells = ["", ...chosen.map(({ bytes, inFlight }) => `${bytes} B ×${inFlight}`)];
  const header = ["", ...chosen.map(({ title }) => title)];
  const text = [
    "## Two hops: caller → broker → target → back",
    table(header, rows),
    "",
    "How fast Parley is against the others (more than 1: faster; differences below 25 % are ties):",
    table(header, ratios),
    "",
    "CPU time of the process in the middle, its threads included, µs per call (says more than the clock on a busy machine):",
    table(cells, brokers),
    "",
    "CPU time of all processes, the ends and what is in the middle, µs per call:",
    table(cells, all),
    "",
    "How far the repetitions lie apart (half of the middle half):",
    table(header, noise),
    ...skipped,
  ].join("\n");
  const figures = Object.fromEntries(
    [...samples].map(([name, values]) => [name, { median: medianOf(values), spread: spreadOf(values), values }]),
  );
  const ratiosByName = Object.fromEntries(
    others.map((name) => [name, Object.fromEntries(chosen.map((column) => [column.key, ratioTo(name, column)]))]),
  );
  return { name: "two-hop", text, goals: goalsOf(median), ratios: ratiosByName, figures };
}

/** The figures to reach, as far as their cells were measured. Ties with a peer count as being level, not ahead. */
function goalsOf(median: (stack: string, key: string) => number | undefined): Goal[] {
  const goals: Goal[] = [];
  const ours = (key: string) => median("parley", key);
  const peersHave = (key: string) => peers.flatMap((peer) => median(peer, key) ?? []);
  const [one, relayOne] = [ours("100x1"), median("relay", "100x1")];
  if (one && relayOne)
    goals.push({
      goal: "two hops, 100 B ×1: p50 ≤ 1.3 × the raw relay",
      met: one <= 1.3 * relayOne,
      figures: `${(one / relayOne).toFixed(2)} ×`,
    });
  if (one && peersHave("100x1").length > 0)
    goals.push({
      goal: "two hops, 100 B ×1: ahead of every peer",
      met: one < Math.min(...peersHave("100x1")),
      figures: `${(Math.min(...peersHave("100x1")) / one).toFixed(2)} × the best peer's speed`,
    });
  const [many, relayMany, natsMany] = [ours("100x32"), median("relay", "100x32"), median("nats", "100x32")];
  if (many && relayMany)
    goals.push({
      goal: "two hops, 100 B ×32: ≥ 100 k calls/s or ≥ 0.3 × the raw relay",
      met: many >= 100_000 || many >= 0.3 * relayMany,
      figures: `${shown(many)} calls/s, ${(many / relayMany).toFixed(2)} ×`,
    });
  if (many && natsMany)
    goals.push({
      goal: "two hops, 100 B ×32: ≥ 2 × NATS",
      met: many >= 2 * natsMany,
      figures: `${(many / natsMany).toFixed(2)} ×`,
    });
  for (const [key, title] of [
    ["100x32", "100 B ×32"],
    ["100x256", "100 B ×256"],
  ] as const) {
    const [own, best] = [ours(key), Math.max(...peersHave(key))];
    if (own && best > 0)
      goals.push({
        goal: `two hops, ${title}: ahead of every peer`,
        met: own > best,
        figures: `${(own / best).toFixed(2)} × the best peer's`,
      });
  }
  const large = ours("10Kx32");
  if (large && peersHave("10Kx32").length > 0)
    goals.push({
      goal: "two hops, 10 KB ×32: ahead of every peer",
      met: large > Math.max(...peersHave("10Kx32")),
      figures: `${(large / Math.max(...peersHave("10Kx32"))).toFixed(2)} × the best peer's`,
    });
  const huge = ours("1Mx1");
  if (huge && peersHave("1Mx1").length > 0)
    goals.push({
      goal: "two hops, 1 MB ×1: ahead of every peer",
      met: huge < Math.min(...peersHave("1Mx1")),
      figures: `${(Math.min(...peersHave("1Mx1")) / huge).toFixed(2)} × the best peer's speed`,
    });
  const [largeEnds, hugeEnds] = [median("ends", "10Kx32"), median("ends", "1Mx1")];
  if (large && largeEnds)
    goals.push({
      goal: "two hops, 10 KB ×32: ≤ 1.3 × the JSON cost at the ends",
      met: 1e6 / large <= 1.3 * largeEnds,
      figures: `${(1e6 / large / largeEnds).toFixed(2)} × of ${shown(largeEnds)} µs`,
    });
  if (huge && hugeEnds)
    goals.push({
      goal: "two hops, 1 MB ×1: ≤ 1.3 × the JSON cost at the ends",
      met: huge * 1_000 <= 1.3 * hugeEnds,
      figures: `${((huge * 1_000) / hugeEnds).toFixed(2)} × of ${shown(hugeEnds / 1_000)} ms`,
    });
  return goals;
}
