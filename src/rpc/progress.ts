import type { Clock } from "../base/clock.ts";
import { limits } from "../protocol/limits.ts";
import type { ProgressValue } from "./types.ts";

/**
 * Sends the progress of one request at most 10 times a second: the newest value replaces one that still waits. The pieces of a
 * result are not sent here; what waits goes before them.
 */
export class ProgressSender {
  readonly #clock: Clock;
  readonly #send: (value: ProgressValue) => unknown;
  readonly #every: number;
  #lastAt = Number.NEGATIVE_INFINITY;
  #waiting: ProgressValue | undefined;
  #timer: { dispose(): void } | undefined;
  #over = false;

  constructor(clock: Clock, send: (value: ProgressValue) => unknown, perSecond: number = limits.progressPerSecond) {
    this.#clock = clock;
    this.#send = send;
    this.#every = 1_000 / perSecond;
  }

  /** Throws what sending throws. After `finish` it does nothing. */
  report(value: ProgressValue): void {
    if (this.#over) return;
    const wait = this.#lastAt + this.#every - this.#clock.now();
    this.#waiting = value;
    if (wait <= 0) this.sendWaiting();
    else this.#timer ??= this.#clock.after(wait, () => this.#sendQuietly());
  }

  /** The answer comes next: what waits is sent before it. */
  finish(): void {
    if (this.#over) return;
    this.#sendQuietly();
    this.#over = true;
  }

  #sendQuietly(): void {
    try {
      this.sendWaiting();
    } catch {
      // A word about progress that finds no room is of no more use.
    }
  }

  /** Sends what waits now. */
  sendWaiting(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    const value = this.#waiting;
    this.#waiting = undefined;
    if (value === undefined) return;
    this.#lastAt = this.#clock.now();
    this.#send(value);
  }
}
