import type { ActiveCall } from "./activeCall.ts";
import { FairTurns, offerRoom } from "./fairTurns.ts";
import { type Place, standstill, waitsForItself } from "./standstill.ts";

type OfferPlace = Place & { holds: boolean };

/**
 * The places of offers that state a `concurrency`. Callers are served in turn; a call that would wait for itself, over
 * whatever chain of calls that hold places and wait for others, is refused at once instead, so that nobody waits for
 * ever.
 */
export class OfferPlaces {
  readonly #most = new Map<string, number>();
  readonly #turns = new FairTurns((target) => this.#most.get(target) ?? 1, offerRoom);
  readonly #places = new Map<ActiveCall, OfferPlace>();
  readonly #others: () => readonly Place[];

  /** `others`: what calls hold and wait for besides, which may be part of the same ring. */
  constructor(others: () => readonly Place[] = () => []) {
    this.#others = others;
  }

  /** Who holds a place of an offer, and who waits for one. */
  all(): Iterable<Place> {
    return this.#places.values();
  }

  /** Takes a place; undefined where there is one at once. The promise rejects with the cancel's reason or with `overloaded`. */
  take(call: ActiveCall, concurrency: number): Promise<void> | undefined {
    const { record, cancellation } = call;
    const target = `${record.plugin}/${record.name}`;
    this.#most.set(target, concurrency);
    if (this.#turns.isFull(target, record.caller) && waitsForItself([...this.all(), ...this.#others()], call, target))
      return Promise.reject(standstill(target, concurrency));
    const place: OfferPlace = { call, target, holds: false };
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
}
