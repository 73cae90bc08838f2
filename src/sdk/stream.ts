import { PieceQueue } from "../base/pieces.ts";
import type { ProgressValue } from "../rpc/types.ts";

/**
 * A streaming result: its pieces by `for await`, in order and all of them, at the reader's pace, and then the result. Where the
 * request fails, the loop throws after the last piece that came. Leaving the loop early cancels the request.
 */
export interface ResultStream<Part, Result> extends AsyncIterable<Part> {
  /** Settles once the pieces have been read; the target waits for whoever does not read them. */
  readonly result: Promise<Result>;
}

/** Sends a request and reads its pieces. `pick` says what of a piece is handed on; undefined leaves it out. */
export function streamOf<Part, Result>(
  send: (options: { signal: AbortSignal; onProgress: (value: ProgressValue) => unknown }) => Promise<Result>,
  options: { signal?: AbortSignal; onProgress?: (value: ProgressValue) => unknown } = {},
  pick: (partial: unknown) => Part | undefined = (partial) => partial as Part,
): ResultStream<Part, Result> {
  const pieces = new PieceQueue<Part>();
  const left = new AbortController();
  const result = send({
    signal: options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal,
    onProgress: ({ partial, ...rest }) => {
      if (Object.keys(rest).length > 0) options.onProgress?.(rest);
      const piece = partial === undefined ? undefined : pick(partial);
      return piece === undefined ? undefined : pieces.push(piece);
    },
  }).finally(() => pieces.end());
  result.catch(() => {});
  return {
    result,
    async *[Symbol.asyncIterator]() {
      let whole = false;
      try {
        yield* pieces;
        await result;
        whole = true;
      } finally {
        if (!whole) left.abort();
      }
    },
  };
}
