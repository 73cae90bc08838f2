import type { ResponseMessage } from "vscode-jsonrpc/node";
import { Deadlines, type Due } from "../base/deadlines.ts";
import { deferred } from "../base/deferred.ts";
import { Failure } from "../base/failure.ts";
import { PassingMap } from "../base/passingMap.ts";
import type { SharedField } from "../base/sharedField.ts";
import type { ProgressParams } from "../protocol/plugin/calls.ts";
import type { MethodSpec, MethodTable, RequestSpec } from "../protocol/plugin/methods.ts";
import { type Channel, retryAfterMs, specOf } from "./channel.ts";
import { PieceMeter } from "./credit.ts";
import type { RequestId } from "./framing/envelope.ts";
import type { Lane } from "./framing/lanes.ts";
import { isControl, isCounted, laneOf } from "./framing/writer.ts";
import { fromWireError } from "./mapping.ts";
import { OwedAnswers } from "./owed.ts";
import { ProgressSender } from "./progress.ts";
import { check } from "./schema.ts";
import type { ProgressValue, RequestOptions } from "./types.ts";

export interface OutboundOptions {
  readonly channel: Channel;
  readonly table: MethodTable;
  /** Takes a request back that has not left this process; answers whether it could. */
  readonly withdraw: (lane: Lane, id: RequestId) => boolean;
  /** Whether the two sides agreed on this method in `initialize`; without it, what the table has may be sent. */
  readonly negotiated?: (method: string) => boolean;
  /** The peer did not answer a request that was cancelled; without it nobody minds. */
  readonly onOverdue?: (method: string) => void;
}

/** A request that is not answered yet. */
class Pending implements Due {
  readonly id: RequestId;
  readonly method: string;
  readonly spec: RequestSpec;
  /** Nobody's any more once the request is settled. */
  options: RequestOptions;
  readonly answer = deferred<unknown>();
  readonly counts: boolean;
  dueAt = Number.POSITIVE_INFINITY;
  /** What has come of a streaming result. */
  pieces: PieceMeter | undefined;
  /** Merges what the peer says of its progress more often than is of any use. */
  said: ProgressSender | undefined;
  cancelling = false;
  onAbort: (() => void) | undefined;

  constructor(id: RequestId, method: string, spec: RequestSpec, options: RequestOptions, counts: boolean) {
    this.id = id;
    this.method = method;
    this.spec = spec;
    this.options = options;
    this.counts = counts;
  }
}

const nothing: RequestOptions = {};

/** What we ask of the peer. Every request settles: by its answer, its deadline, its cancel, or the channel's end. */
export class Outbound {
  readonly #channel: Channel;
  readonly #table: MethodTable;
  readonly #withdraw: OutboundOptions["withdraw"];
  readonly #negotiated: (method: string) => boolean;
  #pending = new PassingMap<RequestId, Pending>();
  #counted = 0;
  #nextId = 0;
  #closed: Failure | undefined;
  readonly #deadlines: Deadlines<Pending>;
  readonly #owed: OwedAnswers | undefined;

  constructor(options: OutboundOptions) {
    this.#channel = options.channel;
    this.#table = options.table;
    this.#withdraw = options.withdraw;
    const { clock } = options.channel;
    this.#deadlines = new Deadlines(
      clock,
      () => this.#pending.values(),
      (pending) => this.#expire(pending),
    );
    this.#negotiated = options.negotiated ?? (() => true);
    this.#owed = options.onOverdue && new OwedAnswers(clock, options.onOverdue);
  }

  get outstanding(): number {
    return this.#pending.size;
  }

  request(method: string, params: unknown, options: RequestOptions = {}): Promise<unknown> {
    try {
      return this.#request(method, params, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Does nothing once the channel is closed: there is nobody left to tell. */
  notify(method: string, params: unknown): void {
    if (this.#closed) return;
    const spec = this.#specFor(method);
    if (spec.kind === "request" && !spec.orNotification)
      throw this.#notAgreed(method, "wants an answer: send it as a request");
    const message = { jsonrpc: "2.0", method, params: this.#params(method, spec, params) };
    this.#channel.send(message, laneOf(message));
  }

  /** The same for params that are the host's own, and which it shares among many. */
  notifyShared(method: string, own: object, shared: SharedField): void {
    if (this.#closed) return;
    this.#specFor(method);
    this.#channel.sendShared(method, own, shared);
  }

  /** The peer reports on a request of ours: its deadline is counted anew. */
  progress(params: ProgressParams): void {
    const pending = this.#pending.get(params.token);
    if (!pending?.options.onProgress) return;
    const { value } = params;
    if (value.partial !== undefined) {
      // Nobody waits for a piece of what was cancelled.
      if (!pending.cancelling) this.#piece(pending, value);
      return;
    }
    if (pending.cancelling) return;
    this.#startDeadline(pending);
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
      this.#end(pending, this.#tooFast(pending));
      return;
    }
    this.#deadlines.stop(pending);
    pending.said?.sendWaiting();
    const consumed = () => {
      pieces.consumed(bytes);
      const waits = this.#pending.get(pending.id) === pending && !pending.cancelling;
      if (waits && pieces.unconsumed === 0) this.#startDeadline(pending);
    };
    const failed = (error: unknown) => {
      if (error instanceof Failure) this.#end(pending, error);
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

  /** Ends a request that the peer still works on. */
  #end(pending: Pending, failure: Failure): void {
    if (!this.#pending.has(pending.id)) return;
    this.#sendCancel(pending);
    this.#giveUp(pending, failure);
  }

  #listenerFailed(pending: Pending, error: unknown): void {
    const what = `A listener for the progress of "${pending.method}" failed.`;
    this.#channel.logger.log("error", what, { error: String(error) });
  }

  /** The peer answered, but not with a response: the request fails now instead of at its deadline. */
  broken(id: RequestId, why: string): void {
    const pending = this.#pending.get(id);
    if (pending) this.#giveUp(pending, this.#badAnswer(pending, why));
  }

  /** Settles everything with `unavailable`; whatever one settling does, the others are settled too. */
  close(message: string, details: Record<string, unknown> = { reason: "channelClosed" }): void {
    if (this.#closed) return;
    this.#closed = new Failure("unavailable", message, { details });
    this.#owed?.dispose();
    const pending = this.#pending;
    this.#pending = new PassingMap();
    this.#counted = 0;
    this.#deadlines.dispose();
    for (const one of pending.values()) {
      try {
        this.#release(one);
      } catch (error) {
        this.#channel.logger.log("error", `Releasing "${one.method}" failed.`, { error: String(error) });
      } finally {
        one.answer.reject(new Failure("unavailable", message, { details: { ...details, method: one.method } }));
      }
    }
  }

  #request(method: string, params: unknown, options: RequestOptions): Promise<unknown> {
    if (this.#closed)
      throw new Failure("unavailable", this.#closed.message, { details: { ...this.#closed.details, method } });
    const spec = this.#specFor(method);
    if (spec.kind !== "request") throw this.#notAgreed(method, "is a notification: nobody answers it");
    if (options.signal?.aborted) throw this.#cancelled(method);
    const counts = isCounted(method);
    const most = this.#channel.limits.outstandingRequests;
    if (counts && this.#counted >= most) {
      throw new Failure("overloaded", `${most} requests already wait for ${this.#channel.peer}.`, {
        details: { retryAfterMs, limit: most },
        todo: "Wait for answers before asking more.",
      });
    }
    const checked = this.#params(method, spec, params);
    const id = this.#nextId++;
    // Its progress comes back under its own id.
    const sent = options.onProgress
      ? { ...checked, _meta: { ...(checked as { _meta?: object })._meta, progressToken: id } }
      : checked;
    this.#channel.send({ jsonrpc: "2.0", id, method, params: sent }, counts ? "requests" : "control", id);
    const pending = new Pending(id, method, spec, options, counts);
    this.#pending.set(id, pending);
    if (counts) this.#counted++;
    this.#startDeadline(pending);
    if (options.signal) {
      pending.onAbort = () => this.#cancel(pending);
      options.signal.addEventListener("abort", pending.onAbort);
    }
    return pending.answer.promise;
  }

  /** The peer's answer. One to a request that was never made, or is settled, goes nowhere. */
  answered({ id, result, error }: ResponseMessage): void {
    if (id === null) return;
    this.#owed?.answered(id);
    const pending = this.#take(id);
    if (!pending) return;
    if (error) {
      pending.answer.reject(fromWireError(error));
      return;
    }
    if (pending.method === "initialize") this.#channel.streams.hear(result);
    const checked = check(pending.spec.result, result);
    const flaw = checked.ok ? this.#channel.watch.see(pending.method, "result", "in", checked.unknown) : checked.flaws;
    if (!checked.ok || flaw) pending.answer.reject(this.#badAnswer(pending, `does not fit its schema: ${flaw}`));
    else pending.answer.resolve(checked.value);
  }

  #startDeadline(pending: Pending): void {
    this.#deadlines.start(pending, this.#timeoutOf(pending));
  }

  #timeoutOf({ options }: Pending): number {
    return options.timeoutMs ?? this.#channel.limits.defaultCallMs;
  }

  #expire(pending: Pending): void {
    const { method, cancelling } = pending;
    if (cancelling) {
      this.#giveUp(pending, this.#cancelled(method));
      return;
    }
    const timeoutMs = this.#timeoutOf(pending);
    this.#sendCancel(pending);
    const what = `${this.#channel.peer} did not answer "${method}" within ${timeoutMs} ms.`;
    this.#giveUp(pending, new Failure("timeout", what, { details: { method, timeoutMs } }));
  }

  #cancel(pending: Pending): void {
    if (pending.cancelling || !this.#pending.has(pending.id)) return;
    pending.cancelling = true;
    if (this.#sendCancel(pending)) {
      this.#giveUp(pending, this.#cancelled(pending.method));
      return;
    }
    this.#deadlines.start(pending, this.#channel.limits.cancelSettleMs);
  }

  /** Answers whether the peer never saw the request, so that there is nothing to wait for. */
  #sendCancel(pending: Pending): boolean {
    if (this.#withdraw(isControl(pending.method) ? "control" : "requests", pending.id)) return true;
    try {
      this.#channel.send({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: pending.id } }, "control");
      // What belongs to the channel itself has bounds of its own.
      if (pending.counts) this.#owed?.add(pending.id, pending.method);
    } catch (error) {
      this.#channel.logger.log("debug", "A cancel found no room.", { error: String(error) });
    }
    return false;
  }

  #giveUp(pending: Pending, failure: Failure): void {
    if (this.#take(pending.id)) pending.answer.reject(failure);
  }

  #take(id: RequestId): Pending | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    this.#pending.delete(id);
    if (pending.counts) this.#counted--;
    this.#release(pending);
    return pending;
  }

  #release(pending: Pending): void {
    pending.said?.finish();
    pending.pieces?.dispose();
    if (pending.onAbort) pending.options.signal?.removeEventListener("abort", pending.onAbort);
    pending.onAbort = undefined;
    // What is over leads nowhere: else one that has grown old keeps a whole call, and this the next, until the next great collection.
    pending.options = nothing;
  }

  #specFor(method: string): MethodSpec {
    const spec = specOf(this.#table, method);
    if (!spec || !this.#negotiated(method)) throw this.#notAgreed(method, "was not agreed on");
    return spec;
  }

  #params(method: string, spec: MethodSpec, params: unknown): object {
    const checked = check(spec.params, params ?? {});
    const flaw = checked.ok ? this.#channel.watch.see(method, "params", "out", checked.unknown) : checked.flaws;
    if (!checked.ok || flaw)
      throw new Failure("invalidParams", `The params of "${method}" do not fit: ${flaw}.`, { details: { method } });
    return checked.value as object;
  }

  #notAgreed(method: string, why: string): Failure {
    return new Failure("notNegotiated", `"${method}" was not sent to ${this.#channel.peer}: it ${why}.`, {
      details: { method },
    });
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

  #cancelled(method: string): Failure {
    return new Failure("cancelled", `"${method}" was cancelled.`, { details: { method } });
  }

  #badAnswer(pending: Pending, why: string): Failure {
    return new Failure("internal", `The answer of ${this.#channel.peer} to "${pending.method}" ${why}.`, {
      details: { method: pending.method },
      todo: "This is a fault of the one who answered.",
    });
  }
}
