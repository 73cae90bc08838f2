import type { CancelSignal } from "../base/cancel.ts";
import type { Disposable } from "../base/dispose.ts";
import type { SharedField } from "../base/sharedField.ts";
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
   * only report progress if `onProgress` is given. The clock stands still while pieces of the result wait to be consumed.
   */
  timeoutMs?: number;
  /**
   * Hears of progress, in order. Where it answers a promise for a `partial`, that piece counts as consumed when the promise settles;
   * until then it takes up the sender's credit. A `Failure` of it ends the request.
   */
  onProgress?: (value: ProgressValue) => unknown;
}

/** What a handler gets beside the parsed params. */
export interface Incoming {
  readonly signal: AbortSignal;
  /** The same without the cost of a platform's signal, for those who only have to hear of a cancel. */
  readonly cancellation: CancelSignal;
  readonly meta: Meta;
  /**
   * Sends `$/progress` if the request carried a token; coalesced to 10/s unless it has a `partial`. A piece waits until whoever asked
   * has consumed enough of those before; the promise resolves when it is sent and rejects when nobody wants it any more.
   */
  progress(value: ProgressValue): Promise<void>;
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
  /**
   * As `notify` with the params `{...own, [shared.name]: shared.value}`, in the lane of events. They are not checked,
   * and what they share with those of other messages is written once. `own` is not empty.
   */
  notifyShared<M extends NotificationMethod<Remote>>(
    method: M,
    own: Record<string, unknown>,
    shared: SharedField,
  ): void;
  /**
   * Undefined while little waits to leave. Where the peer reads too slowly it resolves when there is room for more events, or the
   * channel has closed: until then events are better kept where their owner can still choose among them.
   */
  roomForEvents(): Promise<void> | undefined;
  readonly closed: Promise<CloseReason>;
  /** Settles everything that is pending with `unavailable`, this message and these `details`; safe to call twice. */
  close(message: string, details?: Record<string, unknown>): void;
  /** Requests of ours that wait for an answer, and bytes that wait to leave. */
  readonly load: { readonly outstanding: number; readonly queuedBytes: number };
}
