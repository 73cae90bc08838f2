import { AsyncLocalStorage } from "node:async_hooks";
import type { Meta } from "../protocol/plugin/common.ts";
import type { CallContext } from "./context.ts";

/**
 * Where in a trace the code that runs now stands: whatever a handler starts, also what it waits for later. Verbs that
 * are not bound to a call take the trace from here, with the number of events that led there, and nothing else: what
 * they do stays the plugin's own doing, with its own rights and its own time.
 */
export class Inside implements CallContext {
  readonly #store = new AsyncLocalStorage<Meta>();

  get meta(): Meta | undefined {
    return this.#store.getStore();
  }

  /** Runs a handler in the trace that its message names, with the number of events that led there, if it names any. */
  run<Result>({ traceparent, tracestate, hops }: Meta, handle: () => Result): Result {
    if (traceparent === undefined && hops === undefined) return handle();
    return this.#store.run({ traceparent, tracestate, hops }, handle);
  }

  /** Runs the handler of events that so many led to: what it publishes says one more. */
  hear<Result>(hops = 0, handle: () => Result): Result {
    return this.#store.run({ ...this.#store.getStore(), hops: hops + 1 }, handle);
  }
}
