import { Cancellation, type CancelSignal } from "../base/cancel.ts";
import type { Disposable } from "../base/dispose.ts";
import { Failure } from "../base/failure.ts";
import type { Meta } from "../protocol/plugin/common.ts";
import type { Channel } from "./channel.ts";
import { PieceSender } from "./credit.ts";
import { ProgressSender } from "./progress.ts";
import type { Incoming, ProgressValue } from "./types.ts";

/** A message that a handler works on. The signal and the sender of progress are made when they are first asked for. */
export class Running implements Incoming {
  readonly meta: Meta;
  readonly #channel: Channel;
  readonly #cancellation = new Cancellation();
  #progress: ProgressSender | undefined;
  #pieces: PieceSender<ProgressValue> | undefined;
  #cancelledBy: Failure | undefined;
  #over: boolean;
  #ignored: Disposable | undefined;

  /** `mute` for a notification: there is nobody to report progress to. */
  constructor(channel: Channel, meta: Meta, mute = false) {
    this.#channel = channel;
    this.meta = meta;
    this.#over = mute;
  }

  /** Why pieces of the result were dropped, if any were. */
  get lostPieces(): Failure | undefined {
    return this.#pieces?.lost;
  }

  get cancelled(): boolean {
    return this.#cancellation.aborted;
  }

  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  get cancellation(): CancelSignal {
    return this.#cancellation;
  }

  cancel(message: string): void {
    if (this.cancelled) return;
    this.#cancelledBy = new Failure("cancelled", message);
    this.#pieces?.end(this.#cancelledBy);
    this.#cancellation.abort(this.#cancelledBy);
  }

  /** It was cancelled: runs `answer` unless the handler is done in so many milliseconds, for it may take no notice at all. */
  answerAnyway(milliseconds: number, answer: () => void): void {
    if (!this.#over) this.#ignored ??= this.#channel.clock.after(milliseconds, answer);
  }

  progress(value: ProgressValue): Promise<void> {
    const token = this.meta.progressToken;
    if (token === undefined || this.#over) return said;
    const { clock, limits } = this.#channel;
    const send = (sent: ProgressValue) =>
      this.#channel.send({ jsonrpc: "2.0", method: "$/progress", params: { token, value: sent } }, "responses");
    this.#progress ??= new ProgressSender(clock, send, limits.progressPerSecond);
    if (value.partial !== undefined) return this.#piece(value, this.#progress, send);
    this.#progress.report(value);
    return said;
  }

  /** Whoever asked has consumed so many pieces of the result. */
  credit(consumed: number): void {
    this.#pieces?.consumed(consumed);
  }

  /** The handler is done, and what it says from now on is nobody's: resolves when all pieces are sent, undefined where they are. */
  lastPieces(): Promise<void> | undefined {
    this.#over = true;
    return this.#pieces?.drained;
  }

  #piece(value: ProgressValue, progress: ProgressSender, send: (sent: ProgressValue) => number): Promise<void> {
    progress.sendWaiting();
    if (!this.#pieces) {
      const { agreed, window } = this.#channel.streams;
      this.#pieces = new PieceSender<ProgressValue>(agreed ? window : undefined, send);
      if (this.#cancelledBy) this.#pieces.end(this.#cancelledBy);
    }
    return this.#pieces.push(value);
  }

  /** The answer comes next: no progress after it. */
  finish(): void {
    this.#progress?.finish();
    this.#ignored?.dispose();
    this.#over = true;
  }
}

const said = Promise.resolve();
