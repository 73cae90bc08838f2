import { Cancellation, type CancelSignal } from "../base/cancel.ts";
import { Failure } from "../base/failure.ts";
import type { Meta } from "../protocol/plugin/common.ts";
import type { Channel } from "./channel.ts";
import { ProgressSender } from "./progress.ts";
import type { Incoming, ProgressValue } from "./types.ts";

/** A message that a handler works on. The signal and the sender of progress are made when they are first asked for. */
export class Running implements Incoming {
  readonly meta: Meta;
  readonly #channel: Channel;
  readonly #cancellation = new Cancellation();
  #progress: ProgressSender | undefined;
  #over: boolean;

  /** `mute` for a notification: there is nobody to report progress to. */
  constructor(channel: Channel, meta: Meta, mute = false) {
    this.#channel = channel;
    this.meta = meta;
    this.#over = mute;
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
    if (!this.cancelled) this.#cancellation.abort(new Failure("cancelled", message));
  }

  progress(value: ProgressValue): void {
    const token = this.meta.progressToken;
    if (token === undefined || this.#over) return;
    this.#progress ??= new ProgressSender(
      this.#channel.clock,
      (sent) =>
        this.#channel.send({ jsonrpc: "2.0", method: "$/progress", params: { token, value: sent } }, "responses"),
      this.#channel.limits.progressPerSecond,
    );
    this.#progress.report(value);
  }

  /** The answer comes next: no progress after it. */
  finish(): void {
    this.#progress?.finish();
    this.#over = true;
  }
}
