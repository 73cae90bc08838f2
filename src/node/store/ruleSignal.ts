import { randomUUID } from "node:crypto";
import { closeSync, type FSWatcher, openSync, watch } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { Disposable } from "../../base/dispose.ts";
import { Emitter, type Event } from "../../base/emitter.ts";

/**
 * Tells the windows of one database that one of them changed the rules: a file beside the database that is written anew with each
 * change and watched by each window, also by the one that wrote it. Where files cannot be watched, the others learn of it at their
 * next start.
 */
export class RuleSignal implements Disposable {
  readonly #path: string;
  readonly #told = new Emitter<void>();
  #watcher: FSWatcher | undefined;
  #disposed = false;

  constructor(path: string) {
    this.#path = path;
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
  }

  #watch(): void {
    if (this.#watcher || this.#disposed) return;
    try {
      closeSync(openSync(this.#path, "a", 0o600));
      this.#watcher = watch(this.#path, { persistent: false }, () => this.#told.fire());
      this.#watcher.on("error", () => {});
    } catch {
      // No folder, no room for another watcher, or a disk that cannot be written: nobody is told then.
    }
  }
}
