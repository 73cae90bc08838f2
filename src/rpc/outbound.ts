import type { ResponseMessage } from "vscode-jsonrpc/node";
import { Deadlines } from "../base/deadlines.ts";
import { Failure } from "../base/failure.ts";
import { PassingMap } from "../base/passingMap.ts";
import type { SharedField } from "../base/sharedField.ts";
import type { ProgressParams } from "../protocol/plugin/calls.ts";
import type { MethodSpec, MethodTable } from "../protocol/plugin/methods.ts";
import { Arrivals } from "./arrivals.ts";
import { type Channel, retryAfterMs, specOf } from "./channel.ts";
import type { RequestId } from "./framing/envelope.ts";
import type { Lane } from "./framing/lanes.ts";
import { isControl, isCounted, laneOf } from "./framing/writer.ts";
import { fromWireError } from "./mapping.ts";
import { OwedAnswers } from "./owed.ts";
import { Pending } from "./pending.ts";
import { check } from "./schema.ts";
import type { RequestOptions } from "./types.ts";

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
  readonly #arrivals: Arrivals;

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
    this.#arrivals = new Arrivals({
      channel: options.channel,
      isOpen: (pending) => this.#pending.get(pending.id) === pending,
      startDeadline: (pending) => this.#startDeadline(pending),
      stopDeadline: (pending) => this.#deadlines.stop(pending),
      end: (pending, failure) => this.#end(pending, failure),
    });
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

  /** The peer reports on a request of ours. */
  progress({ token, value }: ProgressParams): void {
    const pending = this.#pending.get(token);
    if (pending) this.#arrivals.progress(pending, value);
  }

  /** Ends a request that the peer still works on. */
  #end(pending: Pending, failure: Failure): void {
    if (!this.#pending.has(pending.id)) return;
    this.#sendCancel(pending);
    this.#giveUp(pending, failure);
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
