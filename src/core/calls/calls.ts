import type { CancelSignal } from "../../base/cancel.ts";
import type { Clock } from "../../base/clock.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import { PassingMap } from "../../base/passingMap.ts";
import { limits as defaults, type Limits } from "../../protocol/limits.ts";
import { callFailureOf } from "../journal/callFailure.ts";
import type { CallRecord } from "../journal/records.ts";
import { closedWindow, windowClosed } from "../journal/windowClosed.ts";
import { checkAccepted } from "../offers/accepts.ts";
import type { ProviderFacts } from "../offers/providers.ts";
import type { OfferRegistry } from "../offers/registry.ts";
import type { Peer, StorePort } from "../ports.ts";
import { pluginOf } from "../rules/targets.ts";
import { ActiveCall, hopsTo } from "./activeCall.ts";
import { chainOf, checkHops, principalsOf } from "./chain.ts";
import { checkInput } from "./checks.ts";
import { CallClocks } from "./clocks.ts";
import { EditTurns } from "./edits.ts";
import type { CallGate } from "./gate.ts";
import { type GuardedParts, guardedCall } from "./guarded.ts";
import { isPassing, PassedCalls } from "./passed.ts";
import { ProviderChoice } from "./providerChoice.ts";
import { newRecord, targetOf } from "./record.ts";
import { CallRights } from "./rights.ts";
import { CallSender } from "./sending.ts";
import { stillAllowed } from "./still.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { CallTargets } from "./targets.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
  CallObserver,
  CallOutcome,
  CallProbe,
  CallRequest,
  Reach,
  RightRequest,
  Verdict,
} from "./types.ts";

export interface CallsParts {
  readonly offers: OfferRegistry;
  /** What the choice among the providers of a capability depends on. */
  readonly providers?: Omit<ProviderFacts, "load">;
  readonly decide: (request: RightRequest) => Verdict;
  readonly approve: (request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer>;
  /** The channel to a plugin that runs and may be called, at once; undefined where there is more to see to. */
  readonly ready: (plugin: string) => Peer | undefined;
  readonly reach: Reach;
  readonly gate: CallGate;
  /** The identity of the plugin that has a name now. */
  readonly ownerOf?: (plugin: string) => string | undefined;
  /** Whether a plugin is being asked at an intercept point. */
  readonly isAsked?: (plugin: string) => boolean;
  /** Stops the time that such a plugin has, and that of what waits for it, until the answer is called. */
  readonly holdAsked?: (plugin: string) => () => void;
  readonly store: Pick<StorePort, "saveCall" | "loadCall">;
  readonly observer: CallObserver;
  readonly probe?: CallProbe;
  /** Tells the author of a plugin, in its log, what it does wrong. */
  readonly warn?: (plugin: string, message: string) => void;
  /** Resolves when a conversation is on disk, so that a row may belong to it. */
  readonly prepare: (conversation: string) => Promise<void>;
  /** The next place in a conversation's order. */
  readonly position: (conversation: string) => number | undefined;
  readonly workspace: () => string | undefined;
  /** Counts what is allowed against the rates that rules carry; throws `overloaded`. */
  readonly count?: (request: RightRequest) => void;
  /** The limits that are in force for a plugin. */
  readonly limits?: (plugin: string) => Limits;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/**
 * Every call of an offer goes through here, whoever makes it: find the target, check the chain, validate, pass the
 * intercepts, decide, ask the person if need be, write down, send, validate the answer, write down again.
 */
export class Calls {
  readonly #parts: CallsParts;
  readonly #active = new PassingMap<string, ActiveCall>();
  readonly #passed = new PassedCalls();
  /** Who answers a call by capability. */
  readonly providers: ProviderChoice;
  readonly #rights: CallRights;
  readonly #clocks: CallClocks;
  readonly #sender: CallSender;
  readonly #guarding: GuardedParts;
  readonly #edits: EditTurns;
  readonly #limits: (plugin: string) => Limits;
  readonly #targets: CallTargets;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.providers = new ProviderChoice(parts.offers, parts.providers, () => this.loads());
    this.#rights = new CallRights(parts);
    const { clock, limits, offers } = parts;
    this.#limits = limits ?? (() => defaults);
    this.#clocks = new CallClocks({ clock, limits, stopwatches: () => this.#stopwatches() });
    this.#sender = new CallSender({
      ...parts,
      still: (call) => stillAllowed(parts, this.#rights, call),
      clocks: this.#clocks,
      active: () => this.#active.values(),
    });
    this.#targets = new CallTargets({
      offers,
      providers: this.providers,
      limits: this.#limits,
      checkBackground: (plugin) => this.#sender.checkBackground(plugin, this.#inBackground(plugin)),
    });
    this.#edits = new EditTurns({ active: () => this.#active.values(), isAsked: parts.isAsked ?? (() => false) });
    this.#guarding = { gate: parts.gate, rights: this.#rights, sender: this.#sender, clocks: this.#clocks };
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

  /** How many events led to a call in progress, one after another. */
  hopsOf(callId: string): number {
    return this.#active.get(callId)?.hops ?? 0;
  }

  /** What cancels a call in progress, for what its plugin asks inside it. */
  cancellationOf(callId: string): CancelSignal | undefined {
    return this.#active.get(callId)?.cancellation;
  }

  /**
   * Stops the clocks of all that waits for a plugin while a person is asked for it: of the call in progress inside
   * which it has them asked and of those above, or else of the points at which it is being asked. The answer starts
   * them again.
   */
  hold(plugin: string, callId: string | undefined): () => void {
    const call = callId === undefined ? undefined : this.#active.get(callId);
    return call ? this.#rights.hold(call) : (this.#parts.holdAsked?.(plugin) ?? (() => {}));
  }

  *#stopwatches(): Generator<Stopwatch> {
    for (const { stopwatch } of this.#active.values()) if (stopwatch) yield stopwatch;
  }

  /** Leaves no timer behind; for a window that closes, after its calls were stopped. */
  dispose(): void {
    this.#clocks.dispose();
  }

  /** How many calls of a plugin are in progress, without those that wait for a person. */
  loads(): ReadonlyMap<string, number> {
    const loads = new Map<string, number>();
    for (const { record } of this.#active.values())
      if (record.status !== "asking") loads.set(record.plugin, (loads.get(record.plugin) ?? 0) + 1);
    return loads;
  }

  async get(callId: string): Promise<CallRecord | undefined> {
    return this.#active.get(callId)?.record ?? this.#passed.get(callId) ?? (await this.#parts.store.loadCall(callId));
  }

  /** The identity of the plugin that has a name now; undefined where there is none. */
  ownerOf(plugin: string): string | undefined {
    return this.#parts.ownerOf?.(plugin);
  }

  /** Asks a call to stop; answers false where it is not in progress. */
  cancel(callId: string, why: string): boolean {
    const call = this.#active.get(callId);
    call?.cancellation.abort(new Failure("cancelled", why));
    return call !== undefined;
  }

  /** Stops every call that belongs to a conversation. */
  cancelIn(conversation: string, why: string): void {
    for (const { record } of [...this.#active.values()])
      if (record.conversation === conversation) this.cancel(record.id, why);
  }

  /** Stops every call; for a window that closes. Those in the background count as interrupted, as after a crash. */
  interruptAll(why: string): void {
    for (const { cancellation, record } of [...this.#active.values()])
      cancellation.abort(record.detached ? windowClosed() : new Failure("cancelled", why));
  }

  /** Ends with the outcome, or with a `Failure` that says which of the many things went wrong. */
  call(request: CallRequest): Promise<CallOutcome> {
    let call: ActiveCall;
    try {
      call = this.#begin(request);
    } catch (error) {
      return Promise.reject(error);
    }
    const carried = this.#carryOut(call);
    if (!request.detach) return carried;
    carried.catch(() => {});
    return Promise.resolve({ record: call.record, result: { callId: call.record.id }, contexts: call.contexts });
  }

  #begin(request: CallRequest): ActiveCall {
    const parent = request.parent === undefined ? undefined : this.#active.get(request.parent);
    const hops = hopsTo(request, parent);
    if (hops > 0) checkHops(hops, this.#limits(pluginOf(request.caller) ?? "").eventHops, request);
    const { known, trail } = this.#targets.first(request, parent);
    const record = newRecord(request, known, parent?.record, this.#parts);
    const call = new ActiveCall(record, known, request, parent, trail);
    if (!request.detach) call.follow();
    this.#active.set(record.id, call);
    call.measured = this.#parts.probe?.begun(record, parent?.record, request.meta);
    if (!request.hidden) this.#parts.observer.begun(record);
    return call;
  }

  #inBackground(plugin: string): number {
    let count = 0;
    for (const { record } of this.#active.values()) if (record.detached && record.plugin === plugin) count++;
    return count;
  }

  #carryOut(call: ActiveCall): Promise<CallOutcome> {
    return this.#attempt(call).then(
      (result) => this.#succeeded(call, result),
      (error) => this.#failed(call, error),
    );
  }

  /** Makes the call, of a call by capability to the provider that is tried now. Answers its result. */
  #attempt(call: ActiveCall): Promise<unknown> {
    const { record, request, known } = call;
    const tool = this.#edits.toolBefore(call);
    if (tool) return this.#afterTools(call, tool);
    try {
      if (known.accepts) checkAccepted(known, [request.caller, request.onBehalf]);
      checkInput(known, record.args);
      const principals = principalsOf(request, call.parent, record.action);
      const verdict = this.#rights.decide(principals, record);
      if (this.#parts.gate.guards(record, known)) return guardedCall(this.#guarding, call, principals);
      const asking = this.#rights.settle(call, principals, verdict);
      if (!asking) return this.#sender.send(call);
      return asking.then(() => {
        call.waited = true;
        return this.#sender.send(call);
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** An edit has its turn when the tools that the agent runs are over, if that is within its caller's deadline. */
  async #afterTools(call: ActiveCall, { record: { plugin, name } }: ActiveCall): Promise<unknown> {
    const message = `Waits until ${plugin}/${name}, which the agent runs, has ended.`;
    call.record.progress = { message };
    if (!call.request.hidden) this.#parts.observer.progressed(call.record, { message });
    this.#clocks.startDeadline(call);
    await this.#edits.wait(call);
    call.record.progress = undefined;
    return this.#attempt(call);
  }

  #succeeded(call: ActiveCall, result: unknown): CallOutcome {
    const { record, contexts } = call;
    record.status = "succeeded";
    record.result = result;
    this.#end(call);
    return { record, result, contexts };
  }

  /** Goes on with the next provider where there is one that may be tried; else the call has failed. */
  #failed(call: ActiveCall, error: unknown): Promise<CallOutcome> {
    const { record, cancellation } = call;
    let reason = error;
    try {
      if (!cancellation.aborted && this.#goesOn(call, error)) return this.#carryOut(call);
    } catch (exhausted) {
      reason = exhausted;
    }
    const failure = cancellation.aborted
      ? asFailure(cancellation.reason, "The call")
      : asFailure(reason, `The call of ${record.plugin}/${record.name}`);
    record.status = endOf(failure, closedWindow(cancellation), record);
    record.error = failure.message;
    record.failure = callFailureOf(failure);
    call.failure = failure.kind;
    // What a plugin answers is its word, and no rule of the host's.
    if (!call.sent && typeof failure.details?.rule === "string") record.rule = failure.details.rule;
    this.#end(call);
    throw failure;
  }

  /** Gives a call by capability to its next provider. False where it must not go on; fails with all reasons where none is left. */
  #goesOn(call: ActiveCall, error: unknown): boolean {
    const { record, request, known: before } = call;
    const failure = asFailure(error, `The call of ${record.plugin}/${record.name}`);
    const known = this.#targets.next(call, failure);
    if (!known) return false;
    call.measured?.ended(failure.kind);
    Object.assign(record, { ...targetOf(known, this.#parts), status: "queued", rule: undefined, rules: undefined });
    // What intercepts made of the arguments for the one before is not for the next; what the person made of them is.
    record.args = call.settledArgs ?? request.args;
    call.known = known;
    // It was ranked before the others were tried.
    call.waited = true;
    call.sent = false;
    call.measured = this.#parts.probe?.begun(record, call.parent?.record, request.meta);
    const message = `${before.plugin}/${before.offer.name} could not be used; ${record.plugin}/${record.name} is tried.`;
    record.progress = { message };
    if (!request.hidden) this.#parts.observer.progressed(record, { message });
    return true;
  }

  #end(call: ActiveCall): void {
    const { record } = call;
    record.endedAt = this.#parts.clock.now();
    record.progress = undefined;
    call.end();
    this.#active.delete(record.id);
    this.#edits.ended();
    call.measured?.ended(call.failure);
    if (call.request.hidden) {
      this.#parts.observer.hidden?.(record);
      return;
    }
    this.#parts.observer.ended(record);
    if (isPassing(record)) this.#passed.add(record);
    else this.#sender.writeDown(record).catch(() => {});
  }
}

function endOf({ kind }: Failure, windowClosed: boolean, { detached }: CallRecord): CallRecord["status"] {
  if (windowClosed) return detached ? "interrupted" : "cancelled";
  return kind === "cancelled" ? "cancelled" : "failed";
}
