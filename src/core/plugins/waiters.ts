import type { Failure } from "../../base/failure.ts";
import type { PluginRun } from "./run.ts";

/** Those who wait for a run. Each leaves when there is one, when there will be none, or when its own signal says so. */
export class Waiters {
  readonly #waiting = new Set<{ resolve(run: PluginRun): void; reject(failure: Failure): void }>();

  get size(): number {
    return this.#waiting.size;
  }

  /** `gaveUp` makes the failure for a waiter whose signal was aborted. */
  join(signal: AbortSignal | undefined, gaveUp: () => Failure): Promise<PluginRun> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter = {
        resolve: (run: PluginRun) => {
          leave();
          resolve(run);
        },
        reject: (failure: Failure) => {
          leave();
          reject(failure);
        },
      };
      const onAbort = () => waiter.reject(gaveUp());
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  resolveAll(run: PluginRun): void {
    for (const waiter of [...this.#waiting]) waiter.resolve(run);
  }

  rejectAll(failure: Failure): void {
    for (const waiter of [...this.#waiting]) waiter.reject(failure);
  }
}
