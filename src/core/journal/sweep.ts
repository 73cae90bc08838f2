import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { StorePort } from "../ports.ts";

/** When a window looks for what is too old: a minute after its start, then every six hours, in milliseconds. */
const firstMs = 60_000;
const everyMs = 6 * 3_600_000;
/** Between two batches others have their turn at the disk. */
const pauseMs = 50;
const dayMs = 86_400_000;

/** How long the journal is kept. */
export interface JournalKeep {
  readonly days: number;
  readonly rows: number;
}

export const defaultKeep: JournalKeep = { days: 90, rows: 1_000_000 };

export interface JournalSweepParts {
  readonly store: Pick<StorePort, "sweepJournal">;
  readonly clock: Clock;
  /** Read anew for each sweep. */
  readonly keep: () => JournalKeep;
  /** A sweep that fails is tried again six hours later. */
  readonly failed: (error: unknown) => void;
}

/** Bounds the journal in age and rows, while the window is open, a batch at a time. */
export class JournalSweep implements Disposable {
  readonly #parts: JournalSweepParts;
  #timer: Disposable;
  #ended = false;

  constructor(parts: JournalSweepParts) {
    this.#parts = parts;
    this.#timer = parts.clock.after(firstMs, () => void this.#go(0));
  }

  dispose(): void {
    this.#ended = true;
    this.#timer.dispose();
  }

  async #go(after: number): Promise<void> {
    const { store, clock, keep, failed } = this.#parts;
    const { days, rows } = keep();
    let next: number | undefined;
    try {
      next = await store.sweepJournal({ since: clock.now() - days * dayMs, most: rows }, after);
    } catch (error) {
      failed(error);
    }
    if (this.#ended) return;
    const [milliseconds, from] = next === undefined ? [everyMs, 0] : [pauseMs, next];
    this.#timer = clock.after(milliseconds, () => void this.#go(from));
  }
}
