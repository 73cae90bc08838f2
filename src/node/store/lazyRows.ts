import { Failure } from "../../base/failure.ts";
import type { StoredRow } from "./journal.ts";

/** How long rows wait for others, in milliseconds. */
const lazyMs = 20;
/** Rows of one write: another window must not wait long for its end. */
const rowsTogether = 1_000;
/** What may wait for a slow disk, in rows and in characters of their data, before more is refused. */
const mostRows = 50_000;
const mostCharacters = 32 * 1024 * 1024;

interface Gathered {
  readonly rows: StoredRow[];
  readonly written: PromiseWithResolvers<void>;
}

/**
 * Rows of the journal that may wait a moment, so that thousands of them cost the disk and its thread a few writes: they
 * leave 20 ms after the first of them, or, when the disk is slower than that, after the write before. What leaves together is kept or
 * fails together.
 */
export class LazyRows {
  readonly #write: (rows: readonly StoredRow[]) => Promise<void>;
  readonly #waiting: Gathered[] = [];
  #rows = 0;
  #characters = 0;
  #writing = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (rows: readonly StoredRow[]) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when the row is on disk; rejects with `overloaded` where too many wait. */
  add(row: StoredRow): Promise<void> {
    if (this.#rows >= mostRows || this.#characters >= mostCharacters) {
      const details = { retryAfterMs: 1_000, limit: mostRows };
      return Promise.reject(
        new Failure("overloaded", "The disk is too slow for what is to be journaled.", { details }),
      );
    }
    let last = this.#waiting.at(-1);
    if (!last || last.rows.length >= rowsTogether) {
      last = { rows: [], written: Promise.withResolvers<void>() };
      this.#waiting.push(last);
    }
    last.rows.push(row);
    this.#rows++;
    this.#characters += row.data.length;
    this.#proceed();
    return last.written.promise;
  }

  /** Hands over all that waits, now: what is asked of the store after this comes after it. */
  flush(): void {
    while (this.#waiting.length > 0) this.#sendNext();
  }

  /** One write at a time; one that is full does not wait for more. */
  #proceed(): void {
    if (this.#writing > 0 || this.#waiting.length === 0) return;
    if (this.#waiting.length > 1) this.#sendNext();
    else this.#timer ??= setTimeout(() => this.#sendNext(), lazyMs);
  }

  #sendNext(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#rows -= next.rows.length;
    for (const { data } of next.rows) this.#characters -= data.length;
    this.#writing++;
    this.#write(next.rows)
      .then(next.written.resolve, next.written.reject)
      .finally(() => {
        this.#writing--;
        this.#proceed();
      });
  }
}
