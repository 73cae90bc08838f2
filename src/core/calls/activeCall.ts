import { Cancellation, type CancelSignal } from "../../base/cancel.ts";
import type { FailureKind } from "../../base/failure.ts";
import type { CallRecord } from "../journal/records.ts";
import type { KnownOffer } from "../offers/registry.ts";
import type { Stopwatch } from "./stopwatch.ts";
import type { CallRequest } from "./types.ts";

/** A call in progress. The chain is what `parent` leads to; it lives as long as the calls in it. */
export class ActiveCall {
  readonly record: CallRecord;
  readonly known: KnownOffer;
  readonly request: CallRequest;
  readonly parent: ActiveCall | undefined;
  readonly cancellation = new Cancellation();
  stopwatch: Stopwatch | undefined;
  /** Why it did not succeed, once it has ended. */
  failure: FailureKind | undefined;
  readonly #followed: { readonly outer: CancelSignal; readonly listener: () => void }[] = [];

  constructor(record: CallRecord, known: KnownOffer, request: CallRequest, parent: ActiveCall | undefined) {
    this.record = record;
    this.known = known;
    this.request = request;
    this.parent = parent;
  }

  /** Is cancelled with what it is a part of, until it ends. */
  follow(outer: CancelSignal | undefined): void {
    if (!outer) return;
    if (outer.aborted) {
      this.cancellation.abort(outer.reason);
      return;
    }
    const listener = () => this.cancellation.abort(outer.reason);
    outer.addEventListener("abort", listener);
    this.#followed.push({ outer, listener });
  }

  /** Leaves no listener and no timer behind: a long turn gathers nothing of calls that are over. */
  end(): void {
    this.stopwatch?.dispose();
    for (const { outer, listener } of this.#followed) outer.removeEventListener("abort", listener);
    this.#followed.length = 0;
  }
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
