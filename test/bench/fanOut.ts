/** Events of one publisher to 1, 10 and 50 subscribers, beside other stacks. */
import type { FanOutCell, FanOutFigures } from "./loop.ts";
import { type Goal, medianOf, type Report, shown, spreadOf, table } from "./samples.ts";
import { type StackName, type StackOptions, startStacks, titles } from "./stacks.ts";

interface Column extends FanOutCell {
  readonly key: string;
  readonly title: string;
}

const columns: readonly Column[] = [
  { key: "1", title: "1 subscriber", subscribers: 1, bytes: 100, events: 20_000 },
  { key: "10", title: "10", subscribers: 10, bytes: 100, events: 5_000 },
  { key: "50", title: "50", subscribers: 50, bytes: 100, events: 1_000 },
  { key: "10K-10", title: "10 KB, 10", subscribers: 10, bytes: 10_000, events: 1_000 },
  { key: "10K-50", title: "10 KB, 50", subscribers: 50, bytes: 10_000, events: 200 },
];

export interface FanOutOptions extends StackOptions {
  readonly stacks?: readonly StackName[];
  readonly columns?: readonly string[];
  readonly repetitions: number;
}

export async function measureFanOut({
  stacks: names,
  columns: keys,
  repetitions,
  ...more
}: FanOutOptions): Promise<Report> {
  const stacks = await startStacks(names ?? ["stock", "nats", "parley"], more);
  const chosen = columns.filter(({ key }) => !keys || keys.includes(key));
  const samples = new Map<string, (FanOutFigures & { readonly eventUs?: number })[]>();
  try {
    const most = Math.max(...chosen.map(({ subscribers }) => subscribers));
    for (const rig of stacks.rigs.values()) await rig.ask("prepareFanOut", { subscribers: most });
    for (let repetition = 0; repetition <= repetitions; repetition++) {
      for (const { key, subscribers, bytes, events } of chosen) {
        for (const [name, rig] of stacks.rigs) {
          const before = rig.cpuUs();
          const figures = await rig.ask<FanOutFigures>("fanOut", { subscribers, bytes, events });
          const after = rig.cpuUs();
          const cpu =
            before === undefined || after === undefined ? {} : { eventUs: (after - before) / (events * subscribers) };
          if (repetition > 0)
            samples.set(`${name} ${key}`, [...(samples.get(`${name} ${key}`) ?? []), { ...figures, ...cpu }]);
        }
      }
    }
  } finally {
    await stacks.stop();
  }
  const rates = (stack: StackName, key: string) =>
    (samples.get(`${stack} ${key}`) ?? []).map(({ eventsPerSecond }) => eventsPerSecond);
  const median = (stack: StackName, key: string) => {
    const values = rates(stack, key);
    return values.length > 0 ? medianOf(values) : undefined;
  };
  const cpuOf = (stack: StackName, key: string) => {
    const values = (samples.get(`${stack} ${key}`) ?? []).flatMap(({ eventUs }) => eventUs ?? []);
    return values.length > 0 ? medianOf(values) : undefined;
  };
  const lost = chosen
    .flatMap(({ key }) => samples.get(`parley ${key}`) ?? [])
    .reduce((sum, figures) => sum + figures.lost, 0);
  const present = [...stacks.rigs.keys()];
  const header = ["events delivered/s", ...chosen.map(({ title }) => title)];
  const text = [
    "## Fan-out, events delivered/s",
    table(
      header,
      present.map((name) => [titles[name], ...chosen.map(({ key }) => shown(median(name, key)))]),
    ),
    "",
    "How far the repetitions lie apart (half of the middle half):",
    table(
      header,
      present.map((name) => [
        titles[name],
        ...chosen.map(({ key }) => `±${Math.round(spreadOf(rates(name, key)) * 50)} %`),
      ]),
    ),
    "",
    "CPU time of all processes, the ends and what is in the middle, µs per event delivered (says more than the clock on a busy machine):",
    table(
      header,
      present.map((name) => [titles[name], ...chosen.map(({ key }) => shown(cpuOf(name, key)))]),
    ),
    lost > 0
      ? `Parley dropped ${lost} events for subscribers that were too slow, and told them.`
      : "No event was lost.",
    ...stacks.skipped,
  ].join("\n");
  const goals = ["10", "50"].flatMap((key): Goal[] => {
    const [ours, theirs] = [median("parley", key), median("nats", key)];
    if (!ours || !theirs) return [];
    return [
      { goal: `fan-out to ${key}: ≥ NATS`, met: ours >= theirs, figures: `${(ours / theirs).toFixed(2)} × NATS` },
    ];
  });
  return { name: "fan-out", text, goals, figures: Object.fromEntries(samples) };
}
