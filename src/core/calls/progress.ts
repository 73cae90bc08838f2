import type { KnownOffer } from "../offers/registry.ts";
import type { ActiveCall } from "./activeCall.ts";
import { holdClocks, stopwatchesOf } from "./chain.ts";
import type { CallObserver, CallProgress } from "./types.ts";

export interface CallProgressParts {
  readonly observer: Pick<CallObserver, "progressed">;
  /** Tells the author of a plugin, in its log, what it does wrong. */
  readonly warn?: (plugin: string, message: string) => void;
}

/** What plugins say of their calls before they answer: how far they are, and pieces of the result. */
export class CallProgressReader {
  readonly #parts: CallProgressParts;
  /** Offers, as they were registered, whose author was told that it must say that they stream. */
  readonly #toldOfPartials = new WeakSet<KnownOffer>();

  constructor(parts: CallProgressParts) {
    this.#parts = parts;
  }

  /** Answers the promise of whoever consumes a piece of the result, where there is one. */
  heard(call: ActiveCall, sent: CallProgress): unknown {
    const { record, request } = call;
    const value = sent.partial === undefined || call.known.offer.streaming ? sent : this.#withoutPartial(call, sent);
    if (value.partial !== undefined) call.produced = true;
    for (const stopwatch of stopwatchesOf(call)) stopwatch.progressed();
    if (value.message !== undefined || value.percentage !== undefined)
      record.progress = { message: value.message, percentage: value.percentage };
    if (!request.hidden) this.#parts.observer.progressed(record, value);
    const consumed = record.detached ? undefined : request.onProgress?.(value);
    if (value.partial !== undefined && consumed instanceof Promise) {
      // The target waits for the credit that whoever called gives: that time is not its own.
      const release = holdClocks(call);
      consumed.then(release, release);
    }
    return consumed;
  }

  /**
   * What an offer that does not say that it streams sends of its result before the end is dropped, and its author told,
   * once for each time that it is registered.
   */
  #withoutPartial({ known }: ActiveCall, { partial, ...rest }: CallProgress): CallProgress {
    if (!this.#toldOfPartials.has(known)) {
      this.#toldOfPartials.add(known);
      const { plugin, offer } = known;
      const what = `A piece of the result of "${offer.name}" was dropped, and so will be the others: the offer does not say that it streams.`;
      this.#parts.warn?.(plugin, `${what} Add "streaming": true to it.`);
    }
    return rest;
  }
}
