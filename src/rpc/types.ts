import type { CancelSignal } from "../base/cancel.ts";
import type { Disposable } from "../base/dispose.ts";
import type { ProgressParams } from "../protocol/plugin/calls.ts";
import type { Meta } from "../protocol/plugin/common.ts";
import type {
  MethodTable,
  NotificationMethod,
  ParamsOf,
  ParsedOf,
  RequestMethod,
  ResultOf,
} from "../protocol/plugin/methods.ts";

/** Bytes that arrive. `onEnd` fires once, with the error if it ended badly. While paused no data is delivered. */
export interface ByteSource extends Disposable {
  onData(listener: (chunk: Uint8Array) => void): Disposable;
  onEnd(listener: (error?: Error) => void): Disposable;
  pause(): void;
  resume(): void;
}

/** Bytes that leave. `write` answers false when the peer is slow; then wait for `onDrain`. `onError` fires at most once. */
export interface ByteSink extends Disposable {
  write(chunk: Uint8Array): boolean;
  onDrain(listener: () => void): Disposable;
  onError(listener: (error: Error) => void): Disposable;
  /** Lets what was written leave, then closes. `dispose` closes at once and drops the rest. */
  end(): void;
}

export type ProgressValue = ProgressParams["value"];

export interface RequestOptions {
  /** Aborting sends `$/cancelRequest`; the promise settles with the answer or, after 2 s, with `cancelled`. */
  signal?: CancelSignal;
  /**
   * Milliseconds from now, counted anew at each progress; none means the default of 60 s. `Infinity` for no limit. The peer can
   * only report progress if `onProgress` is given.
   */
  timeoutMs?: number;
  onProgress?: (value: ProgressValue) => void;
}

/** What a handler gets beside the parsed params. */
export interface Incoming {
  readonly signal: AbortSignal;
  /** The same without the cost of a platform's signal, for those who only have to hear of a cancel. */
  readonly cancellation: CancelSignal;
  readonly meta: Meta;
  /** Sends `$/progress` if the request carried a token; coalesced to 10/s unless it has a `partial`. */
  progress(value: ProgressValue): void;
}

/** One handler per method of the local table. A thrown `Failure` becomes its wire error; any other error becomes `internal`. */
export type Handlers<Local extends MethodTable> = {
  [M in keyof Local & string]?: (params: ParsedOf<Local, M>, incoming: Incoming) => unknown;
};

/** Why a connection is over. `ended`: the peer closed; `broken`: a fault of the stream or of framing; `closed`: by us. */
export interface CloseReason {
  readonly kind: "ended" | "broken" | "closed";
  readonly message: string;
}

/** A channel on which both sides send requests. What is pending when it closes fails with `unavailable`. */
export interface Connection<Remote extends MethodTable> {
  request<M extends RequestMethod<Remote>>(
    method: M,
    params: ParamsOf<Remote, M>,
    options?: RequestOptions,
  ): Promise<ResultOf<Remote, M>>;
  /**
   * Throws `overloaded` when the peer reads too slowly and there is no room for it, `invalidParams`, `notNegotiated`. Does
   * nothing on a closed channel.
   */
  notify<M extends NotificationMethod<Remote>>(method: M, params: ParamsOf<Remote, M>): void;
  readonly closed: Promise<CloseReason>;
  /** Settles everything that is pending with `unavailable` and this message; safe to call twice. */
  close(message: string): void;
  /** Requests of ours that wait for an answer, and bytes that wait to leave. */
  readonly load: { readonly outstanding: number; readonly queuedBytes: number };
}
