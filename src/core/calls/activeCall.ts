import { Cancellation, type CancelSignal } from "../../base/cancel.ts";
import type { FailureKind } from "../../base/failure.ts";
import type { CallRecord } from "../journal/records.ts";
import type { KnownOffer } from "../offers/registry.ts";
import type { Stopwatch } from "./stopwatch.ts";
import type { ProviderTrail } from "./trail.ts";
import type { CallOutcome, CallRequest, MeasuredCall } from "./types.ts";

const noContexts: CallOutcome["contexts"] = [];

/** A call in progress. The chain is what `parent` leads to; it lives as long as the calls in it. */
export class ActiveCall {
  readonly record: CallRecord;
  /** Of a call by capability the provider that is tried now. */
  known: KnownOffer;
  readonly request: CallRequest;
  readonly parent: ActiveCall | undefined;
  /** Only of a call by capability. */
  readonly trail: ProviderTrail | undefined;
  /** Its target has been asked: what it does may have happened. */
  sent = false;
  /** Its target has answered, or made a piece of its result. */
  produced = false;
  /** How many events led to it, one after another. */
  readonly hops: number;
  /** Its place among the calls that its plugin's channel carries. */
  channel: "none" | "waits" | "holds" = "none";
  readonly cancellation = new Cancellation();
  stopwatch: Stopwatch | undefined;
  /** The deadline that its caller gave it, in milliseconds, as it was at first. */
  givenMs: number | undefined = undefined;
  /** Something was waited for since the call was decided on: rights and offers may have changed. */
  waited = false;
  /** The person was asked about it, as it is sent, and said yes. */
  granted = false;
  /** The arguments as the person edited them on the card. */
  settledArgs: Record<string, unknown> | undefined;
  /** What intercepts want the model to see with the result. */
  contexts = noContexts;
  /** Its place in the traces and metrics, where these are taken. */
  measured: MeasuredCall | undefined;
  /** Why it did not succeed, once it has ended. */
  failure: FailureKind | undefined;
  #unfollow: (() => void) | undefined;
  /** The calls in progress inside this one, in a chain: any of hundreds leaves it without a search. */
  #firstPart: ActiveCall | undefined;
  #lastPart: ActiveCall | undefined;
  #partBefore: ActiveCall | undefined;
  #partAfter: ActiveCall | undefined;
  /** Hears of its own cancel, from the first part on. */
  #told: (() => void) | undefined;

  constructor(
    record: CallRecord,
    known: KnownOffer,
    request: CallRequest,
    parent: ActiveCall | undefined,
    trail?: ProviderTrail,
  ) {
    this.record = record;
    this.known = known;
    this.request = request;
    this.parent = parent;
    this.trail = trail;
    this.hops = hopsTo(request, parent);
  }

  /** Is cancelled with whoever asked for it and with the call that it is a part of, until it ends. Called at most once. */
  follow(): void {
    const { cancellation, parent } = this;
    const { signal } = this.request;
    if (signal?.aborted) cancellation.abort(signal.reason);
    else if (parent?.cancellation.aborted) cancellation.abort(parent.cancellation.reason);
    if (cancellation.aborted) return;
    if (signal) {
      const follow = () => cancellation.abort(signal.reason);
      signal.addEventListener("abort", follow);
      this.#unfollow = () => signal.removeEventListener("abort", follow);
    }
    if (parent) parent.#addPart(this);
  }

  /** Leaves no listener and no deadline behind: a long turn gathers nothing of calls that are over. */
  end(): void {
    this.stopwatch?.dispose();
    this.#unfollow?.();
    this.#unfollow = undefined;
    if (this.parent) this.parent.#removePart(this);
  }

  #addPart(part: ActiveCall): void {
    if (!this.#told) {
      this.#told = () => this.#cancelParts();
      this.cancellation.addEventListener("abort", this.#told);
    }
    if (this.#lastPart) {
      part.#partBefore = this.#lastPart;
      this.#lastPart.#partAfter = part;
    }
    this.#firstPart ??= part;
    this.#lastPart = part;
  }

  /** Does nothing for one that is no part, or no longer. */
  #removePart(part: ActiveCall): void {
    const before = part.#partBefore;
    const after = part.#partAfter;
    if (!before && this.#firstPart !== part) return;
    if (before) before.#partAfter = after;
    else this.#firstPart = after;
    if (after) after.#partBefore = before;
    else this.#lastPart = before;
    part.#partBefore = undefined;
    part.#partAfter = undefined;
  }

  #cancelParts(): void {
    const parts: ActiveCall[] = [];
    for (let part = this.#firstPart; part; part = part.#partAfter) parts.push(part);
    for (const { cancellation } of parts) cancellation.abort(this.cancellation.reason);
  }
}

/** How many events lead to a call: as many as its caller says, and no fewer than to the call that it is a part of. */
export function hopsTo({ meta }: Pick<CallRequest, "meta">, parent: ActiveCall | undefined): number {
  return Math.max(meta?.hops ?? 0, parent?.hops ?? 0);
}

/**
 * The promise, or the reason of the cancel, whichever comes first; a plugin that ignores a cancel holds nobody up. `settled` runs
 * when the promise itself settles, which may be later.
 */
export function orCancelled<T>(promise: Promise<T>, cancel: CancelSignal, settled: () => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(cancel.reason);
    if (cancel.aborted) onAbort();
    else cancel.addEventListener("abort", onAbort);
    promise.then(
      (value) => {
        cancel.removeEventListener("abort", onAbort);
        settled();
        resolve(value);
      },
      (error) => {
        cancel.removeEventListener("abort", onAbort);
        settled();
        reject(error);
      },
    );
  });
}
