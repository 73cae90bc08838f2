import type { NotificationMessage, RequestMessage } from "vscode-jsonrpc/node";
import { Failure } from "../base/failure.ts";
import { PassingMap } from "../base/passingMap.ts";
import { isThenable } from "../base/thenable.ts";
import type { CreditParams, ProgressParams } from "../protocol/plugin/calls.ts";
import type { Meta } from "../protocol/plugin/common.ts";
import type { MethodTable, RequestSpec } from "../protocol/plugin/methods.ts";
import { Answers } from "./answers.ts";
import { type Channel, retryAfterMs, specOf } from "./channel.ts";
import type { InvalidMessage, RequestId } from "./framing/envelope.ts";
import type { Lane } from "./framing/lanes.ts";
import { isControl, isCounted } from "./framing/writer.ts";
import { Running } from "./running.ts";
import { check } from "./schema.ts";
import type { Incoming } from "./types.ts";

export type Handler = (params: never, incoming: Incoming) => unknown;

export interface InboundOptions {
  readonly channel: Channel;
  readonly table: MethodTable;
  readonly handlers: Readonly<Record<string, Handler | undefined>>;
  /** A notification's handler still works; the function that is returned says that it is done. */
  readonly hold: () => () => void;
  readonly onProgress: (params: ProgressParams) => void;
}

/** A request of the peer's that is not answered yet. */
interface Open {
  readonly id: RequestId;
  readonly method: string;
  readonly lane: Lane;
  readonly spec: RequestSpec;
  readonly running: Running;
  /** Whether it is one of those of which only so many may be open. */
  readonly counts: boolean;
  /** The size of its body. */
  readonly bytes: number;
}

/**
 * What the peer asks of us. In this order, for every message: known method, count of open requests, schema of the params,
 * handler, schema of the result, answer. Each request is answered exactly once, unless the channel closes before.
 */
export class Inbound {
  readonly #channel: Channel;
  readonly #answers: Answers;
  readonly #table: MethodTable;
  readonly #handlers: InboundOptions["handlers"];
  readonly #hold: InboundOptions["hold"];
  readonly #onProgress: InboundOptions["onProgress"];
  readonly #warned = new Set<string>();
  #running = new PassingMap<RequestId, Open>();
  /** Those whose progress is wanted, by the token under which it is told. */
  readonly #tokens = new PassingMap<string | number, Running>();
  #counted = 0;
  /** The size of those that are counted. */
  #bytes = 0;

  constructor(options: InboundOptions) {
    this.#channel = options.channel;
    this.#answers = new Answers(options.channel);
    this.#table = options.table;
    this.#handlers = options.handlers;
    this.#hold = options.hold;
    this.#onProgress = options.onProgress;
  }

  /** `bytes` is the size of its body: what is being worked on is bounded in bytes, too, as what waits to leave is. */
  request(message: RequestMessage & { id: RequestId }, bytes = 0): void {
    const { id, method } = message;
    const lane = isControl(method) ? "control" : "responses";
    if (this.#running.has(id)) {
      // Answered without an id: with it, the peer would take this for the answer to the first.
      this.invalid({
        kind: "invalidRequest",
        message: `The id ${JSON.stringify(id)} belongs to a request in flight.`,
        id: null,
      });
      return;
    }
    const spec = specOf(this.#table, method);
    const handler = this.#handlerOf(method);
    if (spec?.kind !== "request" || !handler) {
      this.#answers.refuse(id, lane, this.#unknownMethod(method, spec !== undefined));
      return;
    }
    const counts = isCounted(method);
    const refusal = counts ? this.#overloaded(bytes) : undefined;
    if (refusal) {
      this.#answers.refuse(id, "control", refusal);
      return;
    }
    const params = this.#params(method, spec.params, message.params);
    if (params instanceof Failure) {
      this.#answers.refuse(id, lane, params);
      return;
    }
    const running = new Running(this.#channel, (params as { _meta?: Meta })._meta ?? {});
    const open: Open = { id, method, lane, spec, running, counts, bytes };
    const { progressToken: token } = running.meta;
    this.#running.set(id, open);
    if (token !== undefined) this.#tokens.set(token, running);
    if (counts) this.#count(1, bytes);
    if (method === "initialize") this.#channel.streams.hear(params);
    try {
      const outcome = handler(params as never, running);
      if (isThenable(outcome)) {
        outcome.then(
          (result) => this.#succeeded(open, result),
          (error) => this.#failed(open, error),
        );
      } else this.#succeeded(open, outcome);
    } catch (error) {
      this.#failed(open, error);
    }
  }

  /** The pieces of the result go before it, however slowly they are consumed. */
  #succeeded(open: Open, result: unknown): void {
    const pieces = open.running.lastPieces();
    if (pieces) pieces.then(() => this.#answerLast(open, result));
    else this.#answerLast(open, result);
  }

  #failed(open: Open, error: unknown): void {
    const pieces = open.running.lastPieces();
    if (pieces) pieces.then(() => this.#failLast(open, error));
    else this.#failLast(open, error);
  }

  #answerLast(open: Open, result: unknown): void {
    if (!this.#isLast(open)) return;
    const { running } = open;
    if (running.lostPieces) this.#answers.failure(open, running.lostPieces);
    else this.#answers.result(open, result);
  }

  #failLast(open: Open, error: unknown): void {
    if (this.#isLast(open)) this.#answers.failure(open, error);
  }

  /** Takes the request from those that are worked on; answers false where it was answered already, or nobody wants it any more. */
  #isLast(open: Open): boolean {
    const { id, running, counts, bytes } = open;
    running.finish();
    if (this.#running.get(id) !== open) return false;
    this.#running.delete(id);
    const { progressToken: token } = running.meta;
    if (token !== undefined && this.#tokens.get(token) === running) this.#tokens.delete(token);
    if (counts) this.#count(-1, -bytes);
    return true;
  }

  notification(message: NotificationMessage): void {
    const { method } = message;
    const spec = specOf(this.#table, method);
    if (!spec || (spec.kind === "request" && !spec.orNotification)) {
      this.#warnOnce(method, spec ? "came as a notification, but wants an answer" : "is not known here");
      return;
    }
    const params = this.#params(method, spec.params, message.params);
    if (params instanceof Failure) {
      this.#warnOnce(method, params.message);
      return;
    }
    if (method === "$/cancelRequest") {
      this.#cancel((params as { id: RequestId }).id);
      return;
    }
    if (method === "$/credit") {
      const { token, consumed } = params as CreditParams;
      this.#tokens.get(token)?.credit(consumed);
      return;
    }
    if (method === "$/progress") {
      this.#onProgress(params as ProgressParams);
      return;
    }
    const handler = this.#handlerOf(method);
    if (!handler) return;
    try {
      const outcome = handler(
        params as never,
        new Running(this.#channel, (params as { _meta?: Meta })._meta ?? {}, true),
      );
      if (!isThenable(outcome)) return;
      const release = this.#hold();
      outcome.then(release, (error) => {
        release();
        this.#answers.fault(method, error);
      });
    } catch (error) {
      this.#answers.fault(method, error);
    }
  }

  /** The caller hears of it soon, also from a handler that takes no notice of its signal. */
  #cancel(id: RequestId): void {
    const open = this.#running.get(id);
    if (!open) return;
    open.running.cancel("The caller cancelled the request.");
    open.running.answerAnyway(this.#channel.limits.cancelSettleMs, () =>
      this.#failLast(open, new Failure("cancelled", `"${open.method}" was cancelled.`)),
    );
  }

  /** Answers what was no message. */
  invalid(fault: InvalidMessage): void {
    this.#channel.logger.log("debug", `${this.#channel.peer} sent something that is no message: ${fault.message}`);
    this.#answers.refuse(fault.id, "control", new Failure(fault.kind, fault.message));
  }

  /** Tells the peer of a fault that belongs to no message. */
  complain(failure: Failure): void {
    this.#answers.refuse(null, "control", failure);
  }

  /** Aborts every handler; nothing is answered any more. */
  close(message: string): void {
    const running = this.#running;
    this.#running = new PassingMap();
    this.#tokens.clear();
    this.#counted = 0;
    this.#bytes = 0;
    for (const { running: one } of running.values()) {
      try {
        one.cancel(message);
        one.finish();
      } catch (error) {
        this.#answers.fault("close", error);
      }
    }
  }

  #handlerOf(method: string): Handler | undefined {
    if (Object.hasOwn(this.#handlers, method) && this.#handlers[method]) return this.#handlers[method];
    return method === "$/ping" ? () => ({}) : undefined;
  }

  /** Parsed params, or the failure that says what is wrong with them. */
  #params(method: string, schema: RequestSpec["params"], given: unknown): unknown {
    const what = `The params of "${method}" do not fit`;
    if (Array.isArray(given)) return new Failure("invalidParams", `${what}: send them by name, as an object.`);
    const checked = check(schema, given ?? {});
    if (!checked.ok) return new Failure("invalidParams", `${what}: ${checked.flaws}.`, { details: { method } });
    const refused = this.#channel.watch.see(method, "params", "in", checked.unknown);
    return refused ? new Failure("invalidParams", `${what}: ${refused}.`, { details: { method } }) : checked.value;
  }

  #unknownMethod(method: string, known: boolean): Failure {
    const what = known ? `"${method}" is not answered here.` : `There is no method "${method}".`;
    return new Failure("methodNotFound", what, { details: { method } });
  }

  #count(requests: number, bytes: number): void {
    this.#counted += requests;
    this.#bytes += bytes;
  }

  /** Why one more request of so many bytes is not taken; a large one by itself always is. */
  #overloaded(bytes: number): Failure | undefined {
    const { outstandingRequests, outboundBytes } = this.#channel.limits;
    const todo = "Wait for answers before asking more.";
    if (this.#counted >= outstandingRequests) {
      const what = `${outstandingRequests} requests already wait for their answers.`;
      return new Failure("overloaded", what, { details: { retryAfterMs, limit: outstandingRequests }, todo });
    }
    if (this.#bytes === 0 || this.#bytes + bytes <= outboundBytes) return undefined;
    const what = `Requests of ${this.#bytes} bytes already wait for their answers.`;
    return new Failure("overloaded", what, { details: { retryAfterMs, limit: outboundBytes }, todo });
  }

  #warnOnce(method: string, why: string): void {
    const key = `${method} ${why}`;
    if (this.#warned.has(key) || this.#warned.size >= 100) return;
    this.#warned.add(key);
    this.#channel.logger.log("warn", `${this.#channel.peer} sent a notification that was ignored: "${method}": ${why}`);
  }
}
