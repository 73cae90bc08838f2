import type { Clock } from "./clock.ts";
import type { Disposable } from "./dispose.ts";

/** Something with a deadline: milliseconds of the clock, `Infinity` for none. Only `Deadlines` sets it. */
export interface Due {
  dueAt: number;
}

/** Longer delays than this overflow a timer; they mean "no deadline". */
const longestTimer = 2 ** 31 - 1;

/**
 * The deadlines of many things with one timer, which is moved only to an earlier time: what is done in time, as nearly all
 * is, costs no timer of its own. Nothing is told when a thing is over; it is just no longer among `all`.
 */
export class Deadlines<Item extends Due> implements Disposable {
  readonly #clock: Clock;
  readonly #all: () => Iterable<Item>;
  readonly #expire: (item: Item) => void;
  #timer: Disposable | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, all: () => Iterable<Item>, expire: (item: Item) => void) {
    this.#clock = clock;
    this.#all = all;
    this.#expire = expire;
  }

  /** Counts from now; an earlier deadline of the same thing no longer holds. */
  start(item: Item, milliseconds: number): void {
    if (milliseconds > longestTimer) {
      item.dueAt = Number.POSITIVE_INFINITY;
      return;
    }
    item.dueAt = this.#clock.now() + Math.max(0, milliseconds);
    if (item.dueAt < this.#firesAt) this.#arm(item.dueAt);
  }

  stop(item: Item): void {
    item.dueAt = Number.POSITIVE_INFINITY;
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#firesAt = Number.POSITIVE_INFINITY;
  }

  #arm(at: number): void {
    this.#timer?.dispose();
    this.#firesAt = at;
    this.#timer = this.#clock.after(at - this.#clock.now(), () => this.#fire());
  }

  #fire(): void {
    // A timer that fires is right about the time, also where the clock is a moment behind it.
    const now = Math.max(this.#clock.now(), this.#firesAt);
    this.dispose();
    let next = Number.POSITIVE_INFINITY;
    for (const item of [...this.#all()]) {
      if (item.dueAt <= now) this.#expire(item);
      else next = Math.min(next, item.dueAt);
    }
    if (next < this.#firesAt) this.#arm(next);
  }
}
