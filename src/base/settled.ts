import type { Clock } from "./clock.ts";
import type { Disposable } from "./dispose.ts";

/**
 * Work that follows changes: `ask` has it done once it was quiet for a while, `now` at once. It never runs twice at a
 * time; what is asked for while it runs is done after it, once.
 */
export class Settled implements Disposable {
  readonly #clock: Clock;
  readonly #quietMs: number;
  readonly #work: () => Promise<void>;
  readonly #longestMs: number;
  /** When the first call came that nothing was done about yet. */
  #askedAt: number | undefined;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #disposed = false;

  /** `longestMs` is how long changes that never end can put the work off; for ever where it is left out. */
  constructor(clock: Clock, quietMs: number, work: () => Promise<void>, longestMs = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#quietMs = quietMs;
    this.#work = work;
    this.#longestMs = longestMs;
  }

  /** Has the work done `quietMs` after the last call, at the latest `longestMs` after the first. Its failure is its own to tell. */
  ask(): void {
    if (this.#disposed) return;
    this.#timer?.dispose();
    const now = this.#clock.now();
    this.#askedAt ??= now;
    const wait = Math.max(0, Math.min(this.#quietMs, this.#askedAt + this.#longestMs - now));
    this.#timer = this.#clock.after(wait, () => void this.now().catch(() => {}));
  }

  /** Resolves when a run of the work that began after this call is done; rejects as that does. */
  now(): Promise<void> {
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#askedAt = undefined;
    if (!this.#running) return this.#run();
    this.#next ??= this.#running.then(
      () => this.#run(),
      () => this.#run(),
    );
    return this.#next;
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.dispose();
  }

  #run(): Promise<void> {
    this.#next = undefined;
    if (this.#disposed) return Promise.resolve();
    const running = this.#work().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
