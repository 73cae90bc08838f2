import { Failure } from "../base/failure.ts";
import { type Channel, retryAfterMs } from "./channel.ts";
import { PieceMeter } from "./credit.ts";
import type { Pending } from "./pending.ts";
import { ProgressSender } from "./progress.ts";
import type { ProgressValue } from "./types.ts";

/** What becomes of a request by what arrives for it. */
export interface ArrivalParts {
  readonly channel: Channel;
  readonly isOpen: (pending: Pending) => boolean;
  readonly startDeadline: (pending: Pending) => void;
  readonly stopDeadline: (pending: Pending) => void;
  /** Ends a request that the peer still works on. */
  readonly end: (pending: Pending, failure: Failure) => void;
}

/**
 * What arrives for requests of ours before their answers: progress, which is merged, and pieces, which take up credit
 * until consumed.
 */
export class Arrivals {
  readonly #channel: Channel;
  readonly #parts: ArrivalParts;

  constructor(parts: ArrivalParts) {
    this.#channel = parts.channel;
    this.#parts = parts;
  }

  /** The peer reports on a request of ours that is open: its deadline is counted anew. */
  progress(pending: Pending, value: ProgressValue): void {
    // Nobody waits for a piece of what was cancelled.
    if (!pending.options.onProgress || pending.cancelling) return;
    if (value.partial !== undefined) {
      this.#piece(pending, value);
      return;
    }
    this.#parts.startDeadline(pending);
    pending.said ??= new ProgressSender(
      this.#channel.clock,
      (latest) => this.#tell(pending, latest),
      this.#channel.limits.progressPerSecond,
    );
    pending.said.report(value);
  }

  #tell(pending: Pending, value: ProgressValue): void {
    try {
      pending.options.onProgress?.(value);
    } catch (error) {
      this.#listenerFailed(pending, error);
    }
  }

  /** A piece of a streaming result: it is handed on in order, and takes up credit until it is consumed. */
  #piece(pending: Pending, value: ProgressValue): void {
    const pieces = pending.pieces ?? this.#meter(pending);
    const bytes = pieces.arrived(value.partial);
    if (bytes === undefined) {
      this.#parts.end(pending, this.#tooFast(pending));
      return;
    }
    this.#parts.stopDeadline(pending);
    pending.said?.sendWaiting();
    const consumed = () => {
      pieces.consumed(bytes);
      const waits = this.#parts.isOpen(pending) && !pending.cancelling;
      if (waits && pieces.unconsumed === 0) this.#parts.startDeadline(pending);
    };
    const failed = (error: unknown) => {
      if (error instanceof Failure) this.#parts.end(pending, error);
      else this.#listenerFailed(pending, error);
      consumed();
    };
    try {
      const outcome = pending.options.onProgress?.(value);
      if (outcome instanceof Promise) outcome.then(consumed, failed);
      else consumed();
    } catch (error) {
      failed(error);
    }
  }

  #meter(pending: Pending): PieceMeter {
    const { streams, clock } = this.#channel;
    const tell = (consumed: number) => {
      try {
        const params = { token: pending.id, consumed };
        this.#channel.send({ jsonrpc: "2.0", method: "$/credit", params }, "control");
      } catch (error) {
        this.#channel.logger.log("debug", "A credit found no room.", { error: String(error) });
      }
    };
    pending.pieces = new PieceMeter(streams.window, clock, streams.agreed ? tell : undefined);
    return pending.pieces;
  }

  #listenerFailed(pending: Pending, error: unknown): void {
    const what = `A listener for the progress of "${pending.method}" failed.`;
    this.#channel.logger.log("error", what, { error: String(error) });
  }

  #tooFast({ method }: Pending): Failure {
    const { window, agreed } = this.#channel.streams;
    const { count, bytes } = window;
    const what = `${this.#channel.peer} sent more pieces of its result to "${method}" than it had credit for`;
    return new Failure("overloaded", `${what}: ${count}, or ${bytes} bytes, may wait to be consumed.`, {
      details: { method, limit: count, limitBytes: bytes, retryAfterMs },
      todo: agreed
        ? "Its author has to wait for `$/credit` before sending more; the SDKs do."
        : "Its author has to agree on `capabilities.streaming` and keep to the credit, or send less; the SDKs do.",
    });
  }
}
