import type { Sample, SoakFigures } from "./soak.ts";

/** Bytes that the heap may grow with each 1,000 operations. */
const mostSlope = 1_024;
/** Outcomes that each kind of operation may have; the errors are those that it is made for. */
const expected: Readonly<Record<string, readonly string[]>> = {
  call: ["ok"],
  publish: ["ok"],
  get: ["ok"],
  // Writes have a rate, and what is over it is told so.
  set: ["ok", "-33001"],
  fail: ["-33011"],
  cancel: ["-32800"],
  // Unavailable while it is dead.
  victim: ["ok", "-33005"],
  tool: ["ok", "conflict"],
};

/** What was not as it must be, in sentences. */
export function faultsOf(figures: SoakFigures): string[] {
  const { requests, outcomes, events, operations, samples, orphans, slopeBytesPer1000 } = figures;
  const faults: string[] = [];
  const fault = (text: string) => void faults.push(text);
  if (requests.started !== requests.settled)
    fault(
      `${requests.started - requests.settled} requests were never settled: ${requests.open.slice(0, 5).join(", ")}.`,
    );
  const answered = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  if (answered !== operations) fault(`Of ${operations} operations ${answered} ended.`);
  for (const [key, count] of Object.entries(outcomes)) {
    const [kind = "", outcome = ""] = key.split(" ");
    if (!expected[kind]?.includes(outcome)) fault(`${count} operations ended as "${key}".`);
  }
  if (events.heard !== events.published || events.lost > 0 || !events.ordered)
    fault(
      `Of ${events.published} events ${events.heard} were heard, ${events.lost} lost, in order: ${events.ordered}.`,
    );
  if (slopeBytesPer1000 >= mostSlope)
    fault(
      `The heap grows by ${Math.round(slopeBytesPer1000)} bytes with each 1,000 operations; ${mostSlope} are allowed.`,
    );
  for (const kind of ["descriptors", "resources", "processes"] as const) {
    const growth = growthOf(samples, kind);
    if (growth > 0) fault(`There are ${growth} more ${kind} at the end than in the middle.`);
  }
  if (orphans.length > 0) fault(`${orphans.length} processes were left: ${orphans.join(", ")}.`);
  return faults;
}

/** By how much the least of the last quarter is above the most of the quarter before: what merely comes and goes is no growth. */
function growthOf(samples: readonly Sample[], kind: "descriptors" | "resources" | "processes"): number {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const of = (part: readonly Sample[]) => part.map((sample) => sample[kind]);
  return Math.min(...of(samples.slice(-quarter))) - Math.max(...of(samples.slice(-2 * quarter, -quarter)), 0);
}
