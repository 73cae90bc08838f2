import { Failure } from "../../base/failure.ts";
import type { ActiveCall } from "./activeCall.ts";
import { chainOf } from "./chain.ts";
import { FairTurns, offerRoom } from "./fairTurns.ts";

/** A call that holds a place of an offer, or waits for one. */
interface Place {
  readonly call: ActiveCall;
  readonly target: string;
  holds: boolean;
}

/** A call that holds a place of one offer, and the offers that calls inside it wait for. */
interface Holder {
  readonly target: string;
  readonly waitsFor: string[];
}

/**
 * The places of offers that state a `concurrency`. Callers are served in turn; a call that would wait for itself, over whatever chain of
 * calls that hold places and wait for others, is refused at once instead, so that nobody waits for ever.
 */
export class OfferPlaces {
  readonly #most = new Map<string, number>();
  readonly #turns = new FairTurns((target) => this.#most.get(target) ?? 1, offerRoom);
  readonly #places = new Map<ActiveCall, Place>();

  /** Takes a place; undefined where there is one at once. The promise rejects with the cancel's reason or with `overloaded`. */
  take(call: ActiveCall, concurrency: number): Promise<void> | undefined {
    const { record, cancellation } = call;
    const target = `${record.plugin}/${record.name}`;
    this.#most.set(target, concurrency);
    if (this.#turns.isFull(target, record.caller) && this.#waitsForItself(call, target))
      return Promise.reject(standstill(target, concurrency));
    const place: Place = { call, target, holds: false };
    this.#places.set(call, place);
    const turn = this.#turns.take(target, record.caller, cancellation, () => {
      place.holds = true;
    });
    return turn?.catch((error) => {
      this.#places.delete(call);
      throw error;
    });
  }

  /** Gives back the place that a call holds; does nothing where it holds none. */
  leave(call: ActiveCall): void {
    const place = this.#places.get(call);
    if (!place) return;
    this.#places.delete(call);
    this.#turns.leave(place.target, call.record.caller);
    // Offers come and go under ever new names.
    if (this.#turns.forget(place.target)) this.#most.delete(place.target);
  }

  /**
   * Whether each place of the target is held by a call of the asking one's own chain, or by one inside which a call waits for such a
   * target. All targets count as stuck until one of their holders waits for none that is; in time by the places, however they hang together.
   */
  #waitsForItself(asking: ActiveCall, target: string): boolean {
    const holders = new Map<ActiveCall, Holder>();
    const stuck = new Set<string>();
    for (const place of this.#places.values()) {
      stuck.add(place.target);
      if (place.holds) holders.set(place.call, { target: place.target, waitsFor: [] });
    }
    for (const { call, holds, target: wanted } of this.#places.values())
      if (!holds) for (const outer of chainOf(call)) holders.get(outer)?.waitsFor.push(wanted);
    for (const outer of chainOf(asking)) holders.delete(outer);
    for (let before = 0; before !== stuck.size; ) {
      before = stuck.size;
      for (const holder of holders.values())
        if (!holder.waitsFor.some((wanted) => stuck.has(wanted))) stuck.delete(holder.target);
    }
    return stuck.has(target);
  }
}

function standstill(target: string, concurrency: number): Failure {
  return new Failure(
    "overloaded",
    `${target} takes ${concurrency} calls at a time, and each of those in progress waits for this one.`,
    {
      details: { reason: "standstill", retryAfterMs: 1_000, limit: concurrency },
      todo: "Give the offer a greater concurrency, or call it before taking what the others wait for.",
    },
  );
}
