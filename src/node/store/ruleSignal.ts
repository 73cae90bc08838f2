import { randomUUID } from "node:crypto";
import { closeSync, type FSWatcher, openSync, unwatchFile, watch, watchFile } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { Disposable } from "../../base/dispose.ts";
import { Emitter, type Event } from "../../base/emitter.ts";

/**
 * Tells the windows of one database that one of them changed the rules: a file beside the database that is written anew with each
 * change and watched by each window, also by the one that wrote it. Where the system watches no more files, it is looked at every few
 * seconds.
 */
export class RuleSignal implements Disposable {
  readonly #path: string;
  readonly #told = new Emitter<void>();
  readonly #begin: typeof watch;
  readonly #pollMs: number;
  readonly #tellAll = () => this.#told.fire();
  #watcher: FSWatcher | undefined;
  #polling = false;
  #disposed = false;

  /** @param options what watches a file, and how often it is looked at where that fails, in milliseconds */
  constructor(path: string, { begin = watch, pollMs = 5_000 }: { begin?: typeof watch; pollMs?: number } = {}) {
    this.#path = path;
    this.#begin = begin;
    this.#pollMs = pollMs;
  }

  /** Fires after a change, sometimes twice; whoever listens first has the file made, whose folder must be there. */
  readonly onTold: Event<void> = (listener) => {
    this.#watch();
    return this.#told.event(listener);
  };

  /** Resolves when the others are told, or cannot be. */
  async tell(): Promise<void> {
    await writeFile(this.#path, randomUUID(), { mode: 0o600 }).catch(() => {});
  }

  dispose(): void {
    this.#disposed = true;
    this.#watcher?.close();
    this.#watcher = undefined;
    unwatchFile(this.#path, this.#tellAll);
  }

  #watch(): void {
    if (this.#watcher || this.#polling || this.#disposed) return;
    try {
      closeSync(openSync(this.#path, "a", 0o600));
    } catch {
      // No folder, or a disk that cannot be written: it may be there later.
      this.#poll();
      return;
    }
    try {
      this.#watcher = this.#begin(this.#path, { persistent: false }, this.#tellAll);
      this.#watcher.on("error", () => this.#poll());
    } catch {
      this.#poll();
    }
  }

  #poll(): void {
    if (this.#polling || this.#disposed) return;
    this.#polling = true;
    watchFile(this.#path, { persistent: false, interval: this.#pollMs }, this.#tellAll);
  }
}
