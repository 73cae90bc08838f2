import { Failure } from "../../base/failure.ts";
import type { ActiveCall } from "./activeCall.ts";
import { waitersOf } from "./chain.ts";
import type { FairTurns } from "./fairTurns.ts";

/** A call that holds a place of an offer or of a plugin, or waits for one. */
export interface Place {
  readonly call: ActiveCall;
  readonly target: string;
  readonly holds: boolean;
}

/** What a call holds places of, and for what it or calls inside it wait. */
interface Holder {
  readonly targets: string[];
  readonly waitsFor: string[];
}

/** The places at plugins' channels that are full, where it is known of each who holds it, and who waits for one. */
export function channelPlaces(active: Iterable<ActiveCall>, turns: Pick<FairTurns, "placesOf">): Place[] {
  const places: Place[] = [];
  const held = new Map<string, number>();
  for (const call of active) {
    const { plugin } = call.record;
    if (call.channel === "none") continue;
    const holds = call.channel === "holds";
    if (holds) held.set(plugin, (held.get(plugin) ?? 0) + 1);
    places.push({ call, target: plugin, holds });
  }
  const full = new Set<string>();
  for (const [plugin, count] of held) {
    const { taken, all } = turns.placesOf(plugin);
    if (count >= taken && taken >= all) full.add(plugin);
  }
  return places.filter(({ target }) => full.has(target));
}

/**
 * Whether each place of the target is held by a call that waits for the asking one, or by one that waits for a call
 * which waits for such a target. All targets count as stuck until one of their holders waits for none that is; in time
 * by the places, however they hang together.
 */
export function waitsForItself(places: Iterable<Place>, asking: ActiveCall, target: string): boolean {
  const all = [...places];
  const holders = new Map<ActiveCall, Holder>();
  const stuck = new Set<string>();
  for (const { call, target, holds } of all) {
    stuck.add(target);
    if (!holds) continue;
    const holder = holders.get(call) ?? { targets: [], waitsFor: [] };
    holder.targets.push(target);
    holders.set(call, holder);
  }
  for (const { call, holds, target: wanted } of all)
    if (!holds) for (const outer of waitersOf(call)) holders.get(outer)?.waitsFor.push(wanted);
  for (const outer of waitersOf(asking)) holders.delete(outer);
  for (let before = 0; before !== stuck.size; ) {
    before = stuck.size;
    for (const { targets, waitsFor } of holders.values())
      if (!waitsFor.some((wanted) => stuck.has(wanted))) for (const target of targets) stuck.delete(target);
  }
  return stuck.has(target);
}

/** The failure of a call that would wait for itself. */
export function standstill(target: string, places: number): Failure {
  return new Failure(
    "overloaded",
    `${target} takes ${places} calls at a time, and each of those in progress waits for this one.`,
    {
      details: { reason: "standstill", retryAfterMs: 1_000, limit: places },
      todo: "Make fewer calls at a time, give the offer a greater concurrency, or call it before taking what the others wait for.",
    },
  );
}
