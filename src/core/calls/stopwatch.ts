import type { Clock } from "../../base/clock.ts";
import type { Deadlines, Due } from "../../base/deadlines.ts";
import type { Disposable } from "../../base/dispose.ts";

/** In milliseconds; `Infinity` for none. */
export interface TimeLimits {
  /** Since the last progress: what an offer allows itself. */
  readonly idleMs: number;
  /** In all, which progress does not lengthen: what a caller gives. */
  readonly totalMs: number;
}

/**
 * The time that a call may take, with the time in which a person is asked left out. Pausing nests. Runs `onExpired` once, with
 * the limit that was reached, by way of `deadlines`, which call `expire` and share one timer.
 */
export class Stopwatch implements Disposable, Due {
  dueAt = Number.POSITIVE_INFINITY;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines<Stopwatch>;
  readonly #onExpired: (limit: keyof TimeLimits) => void;
  readonly #limits: TimeLimits;
  /** As of `#since`. */
  #idleLeft: number;
  #totalLeft: number;
  #since: number;
  #pauses = 0;
  #over = false;

  constructor(
    clock: Clock,
    deadlines: Deadlines<Stopwatch>,
    limits: TimeLimits,
    onExpired: (limit: keyof TimeLimits) => void,
  ) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#limits = limits;
    this.#idleLeft = limits.idleMs;
    this.#totalLeft = limits.totalMs;
    this.#since = clock.now();
    this.#onExpired = onExpired;
    this.#run();
  }

  /** Milliseconds left until the nearer limit, as of now. */
  get left(): number {
    return Math.min(this.#idleLeft, this.#totalLeft) - this.#gone();
  }

  /** Milliseconds left in all, as of now. */
  get totalLeft(): number {
    return this.#totalLeft - this.#gone();
  }

  progressed(): void {
    this.#settle();
    this.#idleLeft = this.#limits.idleMs;
    if (this.#pauses === 0) this.#run();
  }

  pause(): void {
    if (this.#pauses === 0) this.#settle();
    if (this.#pauses++ === 0) this.#deadlines.stop(this);
  }

  resume(): void {
    if (--this.#pauses > 0) return;
    this.#since = this.#clock.now();
    this.#run();
  }

  /** The time is up. */
  expire(): void {
    this.dispose();
    this.#onExpired(this.#totalLeft <= this.#idleLeft ? "totalMs" : "idleMs");
  }

  dispose(): void {
    this.#settle();
    this.#over = true;
    this.#deadlines.stop(this);
  }

  /** What went by since it was last written down. */
  #gone(): number {
    return this.#over || this.#pauses > 0 ? 0 : this.#clock.now() - this.#since;
  }

  #settle(): void {
    const gone = this.#gone();
    this.#idleLeft -= gone;
    this.#totalLeft -= gone;
    this.#since += gone;
  }

  #run(): void {
    if (!this.#over) this.#deadlines.start(this, Math.min(this.#idleLeft, this.#totalLeft));
  }
}
