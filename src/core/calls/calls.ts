import type { Clock } from "../../base/clock.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import { limits } from "../../protocol/limits.ts";
import type { CallRecord } from "../journal/records.ts";
import type { KnownOffer, OfferRegistry } from "../offers/registry.ts";
import type { StorePort } from "../ports.ts";
import { deeds } from "../rules/targets.ts";
import { type ActiveCall, chainOf, checkChain, holdClocks, principalsOf } from "./chain.ts";
import type { ToolGate } from "./gate.ts";
import { isPassing, PassedCalls } from "./passed.ts";
import { Stopwatch } from "./stopwatch.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
  CallObserver,
  CallOutcome,
  CallRequest,
  Reach,
  RightRequest,
  Verdict,
} from "./types.ts";

export interface CallsParts {
  readonly offers: OfferRegistry;
  readonly decide: (request: RightRequest) => Verdict;
  readonly approve: (request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer>;
  readonly reach: Reach;
  readonly gate: ToolGate;
  readonly store: Pick<StorePort, "saveCall" | "loadCall">;
  readonly observer: CallObserver;
  /** Resolves when a conversation is on disk, so that a row may belong to it. */
  readonly prepare: (conversation: string) => Promise<void>;
  /** The next place in a conversation's order. */
  readonly position: (conversation: string) => number | undefined;
  readonly workspace: () => string | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/**
 * Every call of an offer goes through here, whoever makes it: find the target, check the chain, validate, pass the
 * intercepts, decide, ask the person if need be, write down, send, validate the answer, write down again.
 */
export class Calls {
  readonly #parts: CallsParts;
  readonly #active = new Map<string, ActiveCall>();
  readonly #passed = new PassedCalls();

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  /** The calls in progress, for a view. */
  active(): CallRecord[] {
    return [...this.#active.values()].map(({ record }) => record);
  }

  /** Whether a call is in progress that was made to this plugin; what a plugin says of a chain counts only then. */
  inProgressAt(callId: string | undefined, plugin: string): CallRecord | undefined {
    const call = callId === undefined ? undefined : this.#active.get(callId);
    return call?.record.plugin === plugin ? call.record : undefined;
  }

  /** The calls in progress that lead to this one, outermost first, itself last. */
  chainOf(callId: string): CallRecord[] {
    return chainOf(this.#active.get(callId)).map(({ record }) => record);
  }

  /** Stops the clocks of a call in progress and of all that wait for it, while a person is asked; the answer starts them again. */
  hold(callId: string): () => void {
    const call = this.#active.get(callId);
    return call ? holdClocks(call) : () => {};
  }

  async get(callId: string): Promise<CallRecord | undefined> {
    return this.#active.get(callId)?.record ?? this.#passed.get(callId) ?? (await this.#parts.store.loadCall(callId));
  }

  /** Asks a call to stop; answers false where it is not in progress. */
  cancel(callId: string, why: string): boolean {
    const call = this.#active.get(callId);
    call?.controller.abort(new Failure("cancelled", why));
    return call !== undefined;
  }

  /** Stops every call that belongs to a conversation. */
  cancelIn(conversation: string, why: string): void {
    for (const { record } of [...this.#active.values()])
      if (record.conversation === conversation) this.cancel(record.id, why);
  }

  /** Stops every call; for a window that closes. */
  cancelAll(why: string): void {
    for (const id of [...this.#active.keys()]) this.cancel(id, why);
  }

  /** Ends with the outcome, or with a `Failure` that says which of the many things went wrong. */
  async call(request: CallRequest): Promise<CallOutcome> {
    const known = this.#parts.offers.resolve(request.to, request.name);
    if (request.action !== undefined && request.action !== known.offer.action) {
      throw new Failure(
        "invalidParams",
        `${known.plugin}/${known.offer.name} is a "${known.offer.action}" offer, not "${request.action}".`,
        {
          todo: "An action is part of the offer; leave it out or state the right one.",
        },
      );
    }
    const parent = request.parent === undefined ? undefined : this.#active.get(request.parent);
    checkChain(parent, known.plugin, known.offer.name);
    const call = this.#begin(request, known, parent);
    if (!request.detach) return await this.#carryOut(call, known, request);
    this.#carryOut(call, known, request).catch(() => {});
    return { record: call.record, result: { callId: call.record.id }, contexts: [] };
  }

  #begin(request: CallRequest, known: KnownOffer, parent: ActiveCall | undefined): ActiveCall {
    const { offer, plugin } = known;
    const conversation = request.hidden ? undefined : (request.conversation ?? parent?.record.conversation);
    const record: CallRecord = {
      id: this.#parts.ids.next("call"),
      parent: parent?.record.id,
      conversation,
      position: conversation === undefined ? undefined : this.#parts.position(conversation),
      turn: request.turn ?? parent?.record.turn,
      toolCallId: request.toolCallId,
      caller: request.caller,
      plugin,
      name: offer.name,
      title: offer.title ?? offer.name,
      action: offer.action,
      detached: request.detach === true,
      args: request.args,
      status: "queued",
      startedAt: this.#parts.clock.now(),
    };
    const controller = new AbortController();
    const outer = request.detach ? [] : [request.signal, parent?.controller.signal];
    const call: ActiveCall = { record, parent, controller, unlink: follow(controller, outer), stopwatch: undefined };
    this.#active.set(record.id, call);
    if (!request.hidden) this.#parts.observer.begun(record);
    return call;
  }

  async #carryOut(call: ActiveCall, known: KnownOffer, request: CallRequest): Promise<CallOutcome> {
    const { record } = call;
    try {
      const outcome = await this.#steps(call, known, request);
      record.status = "succeeded";
      record.result = outcome.result;
      return outcome;
    } catch (error) {
      const failure = call.controller.signal.aborted
        ? asFailure(call.controller.signal.reason, "The call")
        : asFailure(error, `The call of ${record.plugin}/${record.name}`);
      record.status = failure.kind === "cancelled" ? "cancelled" : "failed";
      record.error = failure.message;
      if (typeof failure.details?.rule === "string") record.rule = failure.details.rule;
      throw failure;
    } finally {
      record.endedAt = this.#parts.clock.now();
      record.progress = undefined;
      call.stopwatch?.dispose();
      call.unlink();
      this.#active.delete(record.id);
      if (!request.hidden) {
        this.#parts.observer.ended(record);
        if (isPassing(record)) this.#passed.add(record);
        else this.#writeDown(record).catch(() => {});
      }
    }
  }

  async #steps(call: ActiveCall, known: KnownOffer, request: CallRequest): Promise<CallOutcome> {
    const { record } = call;
    this.#checkInput(known, record.args);
    const principals = principalsOf(request, call.parent, known.offer.action);
    this.#decide(principals, record);
    const gated = await this.#parts.gate.before(record, call.controller.signal, (args) =>
      this.#inputFailure(known, args),
    );
    if (gated.answer !== undefined) {
      this.#checkOutput(known, gated.answer.value, "was answered by an intercept");
      return { record, result: gated.answer.value, contexts: gated.contexts };
    }
    record.args = gated.args;
    await this.#settleRight(call, known, principals, gated.ask);
    const result = await this.#send(call, known, request);
    const after = await this.#parts.gate.after(record, result, gated.invocation, call.controller.signal);
    if (after.result !== result) this.#checkOutput(known, after.result, "was changed by an intercept");
    return { record, result: after.result, contexts: [...gated.contexts, ...after.contexts] };
  }

  /** Decides on what is really going to be called, after the intercepts, and asks the person where that is the answer. */
  async #settleRight(
    call: ActiveCall,
    known: KnownOffer,
    principals: readonly string[],
    mustAsk: { reason: string } | undefined,
  ): Promise<void> {
    const { record } = call;
    const verdict = this.#decide(principals, record);
    record.rule = verdict.rule;
    if (verdict.effect === "allow" && !mustAsk) return;
    record.status = "asking";
    this.#parts.observer.changed(record);
    const release = holdClocks(call);
    try {
      const answer = await this.#parts.approve(
        {
          record,
          deed: deeds.call(record.plugin, record.name, record.action),
          capability: known.offer.facets?.provides,
          validate: (args) => known.validateInput(args),
          principals,
          rule: verdict.rule,
          reason: mustAsk?.reason || verdict.why,
        },
        call.controller.signal,
      );
      if (answer.choice === "deny") {
        const because = answer.feedback ? `: ${answer.feedback}` : ".";
        throw new Failure("denied", `The person refused ${record.plugin}/${record.name}${because}`, {
          details: { rule: "person:refused" },
          todo: "Do not try the same again; ask what is wanted instead.",
        });
      }
      if (answer.args) {
        this.#checkInput(known, answer.args);
        record.args = answer.args;
      }
      // Rights and the mode may have changed while the card was open.
      this.#decide(principals, record);
      record.rule = answer.rule ?? `person:${answer.choice}`;
    } finally {
      release();
    }
  }

  #decide(principals: readonly string[], record: CallRecord): Verdict {
    const target = `${record.plugin}/${record.name}`;
    const verdict = this.#parts.decide({
      principals,
      verb: "call",
      target,
      action: record.action,
      scope: { conversation: record.conversation, workspace: this.#parts.workspace() },
    });
    if (verdict.effect !== "deny") return verdict;
    throw new Failure(
      "denied",
      `${principals.join(", ")} may not call ${target} (${record.action}): refused by the rule "${verdict.rule}".`,
      {
        details: { rule: verdict.rule, verb: "call", target, action: record.action },
        todo: verdict.why ?? "A person can change the rule in the permissions of the plugin.",
      },
    );
  }

  async #send(call: ActiveCall, known: KnownOffer, request: CallRequest): Promise<unknown> {
    const { record, controller } = call;
    const own = known.offer.timeout ?? limits.defaultCallMs;
    const parentLeft = call.parent?.stopwatch?.left ?? Number.POSITIVE_INFINITY;
    const limit = record.detached
      ? Number.POSITIVE_INFINITY
      : Math.min(request.timeoutMs ?? Number.POSITIVE_INFINITY, own, parentLeft);
    call.stopwatch = new Stopwatch(this.#parts.clock, limit, () =>
      controller.abort(
        new Failure(
          "timeout",
          `${record.plugin}/${record.name} did not answer within ${Math.round(limit / 100) / 10} s.`,
          { todo: "Try again, or give it more time." },
        ),
      ),
    );
    record.status = "running";
    if (!request.hidden) this.#parts.observer.changed(record);
    const writesFirst = record.action !== "read" || record.detached || record.caller === "agent";
    if (writesFirst && !request.hidden) await this.#writeDown(record);
    const peer = await raceAbort(this.#parts.reach(known.plugin, controller.signal), controller.signal);
    const result = await raceAbort(
      peer.request(
        "call",
        {
          to: { plugin: known.plugin },
          name: known.offer.name,
          action: known.offer.action,
          args: record.args,
          ...(record.detached ? { detach: true } : {}),
          _meta: {
            callId: record.id,
            caller: record.caller,
            conversation: request.conversation ?? record.conversation,
            turn: record.turn,
            ...(Number.isFinite(limit) ? { deadlineMs: Math.max(0, Math.round(call.stopwatch.left)) } : {}),
          },
        },
        {
          signal: controller.signal,
          timeoutMs: Number.POSITIVE_INFINITY,
          onProgress: (value) => this.#progress(call, request, value),
        },
      ),
      controller.signal,
    );
    this.#checkOutput(known, result, "answered");
    return result;
  }

  /** The conversation is on disk before what belongs to it. */
  async #writeDown(record: CallRecord): Promise<void> {
    if (record.conversation !== undefined) await this.#parts.prepare(record.conversation);
    await this.#parts.store.saveCall(record);
  }

  #checkOutput(known: KnownOffer, result: unknown, how: string): void {
    const wrong = known.validateOutput(result);
    if (!wrong) return;
    throw new Failure(
      "unavailable",
      `${known.plugin}/${known.offer.name} ${how} with something that does not fit its own output schema: ${wrong}`,
      { todo: "This is a fault of the plugin; its author has to mend it." },
    );
  }

  #progress(
    call: ActiveCall,
    request: CallRequest,
    value: { message?: string; percentage?: number; partial?: unknown },
  ): void {
    for (let link: ActiveCall | undefined = call; link; link = link.parent) link.stopwatch?.progressed();
    if (value.message !== undefined || value.percentage !== undefined)
      call.record.progress = { message: value.message, percentage: value.percentage };
    request.onProgress?.(value);
    if (!request.hidden) this.#parts.observer.progressed(call.record, value);
  }

  #inputFailure(known: KnownOffer, args: Record<string, unknown>): Failure | undefined {
    const wrong = known.validateInput(args);
    if (!wrong) return undefined;
    return new Failure("invalidParams", `The arguments of ${known.plugin}/${known.offer.name} do not fit: ${wrong}`, {
      todo: "Give arguments that fit its input schema.",
    });
  }

  #checkInput(known: KnownOffer, args: Record<string, unknown>): void {
    const failure = this.#inputFailure(known, args);
    if (failure) throw failure;
  }
}

/** Aborts with any of the outer signals; the answer ends that, so that a long turn gathers no listeners of calls that are over. */
function follow(controller: AbortController, outer: readonly (AbortSignal | undefined)[]): () => void {
  const over = new AbortController();
  for (const signal of outer) {
    if (signal?.aborted) controller.abort(signal.reason);
    signal?.addEventListener("abort", () => controller.abort(signal.reason), { once: true, signal: over.signal });
  }
  return () => over.abort();
}

/** The promise, or the reason of the abort, whichever comes first; a plugin that ignores a cancel holds nobody up. */
function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
