import type { Clock } from "../../base/clock.ts";
import type { Deadlines, Due } from "../../base/deadlines.ts";
import type { Disposable } from "../../base/dispose.ts";

/**
 * The time that a call may take: `limitMs` since the last progress, with the time in which a person is asked left out.
 * Pausing nests. Runs `onExpired` once, by way of `deadlines`, which call `expire` and share one timer.
 */
export class Stopwatch implements Disposable, Due {
  dueAt = Number.POSITIVE_INFINITY;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines<Stopwatch>;
  readonly #onExpired: () => void;
  readonly #limitMs: number;
  /** As of the moment in which it was last stopped, or set going. */
  #left: number;
  #pauses = 0;
  #over = false;

  constructor(clock: Clock, deadlines: Deadlines<Stopwatch>, limitMs: number, onExpired: () => void) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#limitMs = limitMs;
    this.#left = limitMs;
    this.#onExpired = onExpired;
    this.#run();
  }

  /** Milliseconds left, as of now. */
  get left(): number {
    return this.dueAt === Number.POSITIVE_INFINITY ? this.#left : this.dueAt - this.#clock.now();
  }

  /** Milliseconds that have gone since the last progress, as of now; 0 without a limit. */
  get spent(): number {
    return this.#limitMs === Number.POSITIVE_INFINITY ? 0 : this.#limitMs - this.left;
  }

  progressed(): void {
    this.#left = this.#limitMs;
    if (this.#pauses === 0) this.#run();
  }

  pause(): void {
    if (this.#pauses++ > 0) return;
    this.#left = this.left;
    this.#deadlines.stop(this);
  }

  resume(): void {
    if (--this.#pauses === 0) this.#run();
  }

  /** The time is up. */
  expire(): void {
    this.dispose();
    this.#onExpired();
  }

  dispose(): void {
    this.#over = true;
    this.#deadlines.stop(this);
  }

  #run(): void {
    if (!this.#over) this.#deadlines.start(this, this.#left);
  }
}
