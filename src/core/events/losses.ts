/** Events that were dropped: their lowest and highest number, and exactly how many. */
export interface Lost {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Adds up what a subscription lost until it can be told. */
export class Losses {
  #lost: Lost | undefined;

  add(lost: Lost): void {
    const { from, to, count } = this.#lost ?? { from: lost.from, to: lost.to, count: 0 };
    this.#lost = { from: Math.min(from, lost.from), to: Math.max(to, lost.to), count: count + lost.count };
  }

  addEvent(seq: number): void {
    this.add({ from: seq, to: seq, count: 1 });
  }

  /** What was lost since the last time. */
  take(): Lost | undefined {
    const lost = this.#lost;
    this.#lost = undefined;
    return lost;
  }
}
