import { Failure } from "../../base/failure.ts";
import type { ActiveCall } from "./activeCall.ts";
import { FairTurns, offerRoom } from "./fairTurns.ts";

/** A call that holds a place of an offer, or waits for one. */
interface Place {
  readonly call: ActiveCall;
  readonly target: string;
  holds: boolean;
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
    if (this.#turns.isFull(target, record.caller) && this.#waitsForItself(call, target, []))
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
  }

  /** Whether each place of the target is held by a call of the asking one's own chain, or by one inside which a call waits for such a target. */
  #waitsForItself(asking: ActiveCall, target: string, path: readonly string[]): boolean {
    if (path.includes(target)) return true;
    const places = [...this.#places.values()];
    return places
      .filter((place) => place.holds && place.target === target)
      .every(
        ({ call: holder }) =>
          isInside(asking, holder) ||
          places.some(
            ({ call, holds, target: other }) =>
              !holds && isInside(call, holder) && this.#waitsForItself(asking, other, [...path, target]),
          ),
      );
  }
}

function isInside(call: ActiveCall, outer: ActiveCall): boolean {
  for (let link: ActiveCall | undefined = call; link; link = link.parent) if (link === outer) return true;
  return false;
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
