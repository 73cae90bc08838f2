/**
 * What may be cancelled, as those see it who have to hear of it. Every `AbortSignal` is one, and so is a `Cancellation`, which
 * costs next to nothing until somebody listens: for what happens by the thousand and is hardly ever cancelled.
 */
export interface CancelSignal {
  readonly aborted: boolean;
  /** Why; undefined until then. */
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Something that can be cancelled once. Listeners run at once, in their order, each once; they must not throw. */
export class Cancellation implements CancelSignal {
  #reason: unknown;
  #aborted = false;
  /** Nearly always there are none, one or two: one stands for itself, and there is a list from two on. */
  #listeners: (() => void) | (() => void)[] | undefined;
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** The same for those who need a platform's signal; made when it is first asked for. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Cancels; a second time changes nothing. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.#controller?.abort(reason);
    if (typeof listeners === "function") listeners();
    else if (listeners) for (const listener of listeners) listener();
  }

  /** Nobody is told who comes after the cancel, as with an `AbortSignal`. */
  addEventListener(_type: "abort", listener: () => void): void {
    if (this.#aborted) return;
    const before = this.#listeners;
    if (before === undefined) this.#listeners = listener;
    else if (typeof before === "function") this.#listeners = [before, listener];
    else before.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    const all = this.#listeners;
    if (all === listener) this.#listeners = undefined;
    if (typeof all !== "object") return;
    const at = all.lastIndexOf(listener);
    if (at >= 0 && all.length === 2) this.#listeners = all[1 - at];
    else if (at >= 0) all.splice(at, 1);
  }
}

/** The platform's signal of a cancel; the same each time. */
export function abortSignalOf(cancel: CancelSignal): AbortSignal {
  if (cancel instanceof AbortSignal) return cancel;
  if (cancel instanceof Cancellation) return cancel.signal;
  const controller = new AbortController();
  if (cancel.aborted) controller.abort(cancel.reason);
  else cancel.addEventListener("abort", () => controller.abort(cancel.reason));
  return controller.signal;
}
