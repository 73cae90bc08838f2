/** Buckets per doubling: each is 2^(1/8) wide, so that its middle is at most 4.5 % off whatever fell into it. */
const perOctave = 8;
/** From one microsecond to 2^34 of them, more than four hours; what is less or more counts as that. */
const octaves = 34;

/** Counts durations in a fixed 1.1 KiB. A quantile is at most 4.5 % from a value that was counted. */
export class Histogram {
  readonly #buckets = new Uint32Array(perOctave * octaves + 1);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const us = ms * 1_000;
    const index = us <= 1 ? 0 : Math.min(this.#buckets.length - 1, Math.floor(Math.log2(us) * perOctave) + 1);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#count++;
  }

  /** Milliseconds below which this part (0–1) of the durations are; undefined where nothing was counted. */
  quantile(part: number): number | undefined {
    if (this.#count === 0) return undefined;
    let left = Math.max(1, Math.ceil(part * this.#count));
    for (let index = 0; index < this.#buckets.length; index++) {
      left -= this.#buckets[index] ?? 0;
      if (left <= 0) return index === 0 ? 0.001 : 2 ** ((index - 0.5) / perOctave) / 1_000;
    }
    return undefined;
  }
}
