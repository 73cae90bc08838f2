import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";

/**
 * The time that a call may take: `limitMs` since the last progress, with the time in which a person is asked left out.
 * Pausing nests. Runs `onExpired` once.
 */
export class Stopwatch implements Disposable {
  readonly #clock: Clock;
  readonly #onExpired: () => void;
  readonly #limitMs: number;
  #left: number;
  #since = 0;
  #pauses = 0;
  #timer: Disposable | undefined;
  #over = false;

  constructor(clock: Clock, limitMs: number, onExpired: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#left = limitMs;
    this.#onExpired = onExpired;
    this.#arm();
  }

  /** Milliseconds left, as of now. */
  get left(): number {
    return this.#timer ? this.#left - (this.#clock.now() - this.#since) : this.#left;
  }

  /** Milliseconds that have gone since the last progress, as of now; 0 without a limit. */
  get spent(): number {
    return this.#limitMs === Number.POSITIVE_INFINITY ? 0 : this.#limitMs - this.left;
  }

  progressed(): void {
    this.#disarm();
    this.#left = this.#limitMs;
    if (this.#pauses === 0) this.#arm();
  }

  pause(): void {
    if (this.#pauses++ > 0) return;
    this.#left = this.left;
    this.#disarm();
  }

  resume(): void {
    if (--this.#pauses === 0) this.#arm();
  }

  dispose(): void {
    this.#over = true;
    this.#disarm();
  }

  #arm(): void {
    if (this.#over || this.#limitMs === Number.POSITIVE_INFINITY) return;
    this.#since = this.#clock.now();
    this.#timer = this.#clock.after(Math.max(0, this.#left), () => {
      this.#over = true;
      this.#timer = undefined;
      this.#onExpired();
    });
  }

  #disarm(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
