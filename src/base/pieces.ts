import { type Deferred, deferred } from "./deferred.ts";

/**
 * Pieces on their way from whoever makes them to one reader, in order. `push` answers a promise that resolves when the reader has
 * taken the piece, so that the maker can go at the reader's pace; nothing here bounds how many wait. What the reader has not
 * taken when it stops counts as taken.
 */
export class PieceQueue<Piece> implements AsyncIterable<Piece> {
  readonly #waiting: { readonly piece: Piece; readonly taken: Deferred<void> }[] = [];
  #wake: Deferred<void> | undefined;
  #ended = false;
  #left = false;

  push(piece: Piece): Promise<void> {
    if (this.#left) return Promise.resolve();
    const taken = deferred<void>();
    this.#waiting.push({ piece, taken });
    this.#wake?.resolve();
    return taken.promise;
  }

  /** No more will come; what waits can still be read. */
  end(): void {
    this.#ended = true;
    this.#wake?.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Piece, void> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next) {
          next.taken.resolve();
          yield next.piece;
        } else if (this.#ended) return;
        else {
          this.#wake = deferred<void>();
          await this.#wake.promise;
        }
      }
    } finally {
      this.#left = true;
      for (const { taken } of this.#waiting.splice(0)) taken.resolve();
    }
  }
}
