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
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #disposed = false;

  constructor(clock: Clock, quietMs: number, work: () => Promise<void>) {
    this.#clock = clock;
    this.#quietMs = quietMs;
    this.#work = work;
  }

  /** Has the work done `quietMs` after the last call. Its failure is the work's own to tell. */
  ask(): void {
    if (this.#disposed) return;
    this.#timer?.dispose();
    this.#timer = this.#clock.after(this.#quietMs, () => void this.now().catch(() => {}));
  }

  /** Resolves when a run of the work that began after this call is done; rejects as that does. */
  now(): Promise<void> {
    this.#timer?.dispose();
    this.#timer = undefined;
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
