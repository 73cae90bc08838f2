/** Something of one subscriber that holds events. */
export interface Holder {
  /** Bytes that wait and could be dropped. */
  readonly waitingBytes: number;
  /** Drops the oldest event that waits, counting it as lost. */
  dropOldest(): void;
}

/**
 * The bytes that the host holds for one subscriber over all its subscriptions, waiting or on their way. Never more than
 * the limit after `fit`, because what is on its way was within the limit when it waited.
 */
export class Account {
  readonly #limit: () => number;
  readonly #holders = new Set<Holder>();
  #bytes = 0;

  /** `limit` answers the bytes that are allowed, asked each time. */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#holders.size === 0;
  }

  open(holder: Holder): void {
    this.#holders.add(holder);
  }

  close(holder: Holder): void {
    this.#holders.delete(holder);
  }

  charge(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Drops what waits, the oldest of the fullest first, until the limit is kept. */
  fit(): void {
    const limit = this.#limit();
    while (this.#bytes > limit) {
      let fullest: Holder | undefined;
      for (const holder of this.#holders) {
        if (holder.waitingBytes > (fullest?.waitingBytes ?? 0)) fullest = holder;
      }
      if (!fullest) return;
      fullest.dropOldest();
    }
  }
}
