import type { Clock } from "../../base/clock.ts";

const burst = 10;
const windowMs = 60_000;

/** Counts wrong tokens: after ten within a minute nobody new is let in until the oldest of them is a minute old. */
export class WrongTokens {
  readonly #clock: Clock;
  #times: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(): void {
    this.#times = [...this.#times, this.#clock.now()].slice(-burst);
  }

  /** Milliseconds until somebody may try again; 0 for now. */
  waitMs(): number {
    const [oldest] = this.#times;
    if (this.#times.length < burst || oldest === undefined) return 0;
    return Math.max(0, oldest + windowMs - this.#clock.now());
  }
}
