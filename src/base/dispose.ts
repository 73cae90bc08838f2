/** Something that owns a resource and gives it back exactly once. */
export interface Disposable {
  dispose(): void;
}

/** Makes a disposable from a function; calling it twice runs the function once. */
export function toDisposable(release: () => void): Disposable {
  let released = false;
  return {
    dispose() {
      if (released) return;
      released = true;
      release();
    },
  };
}

/**
 * A named lifetime (extension, run, turn, call): whatever is added is released when it is disposed, last added first.
 * One failing release does not keep the others from running; the failures are thrown together at the end.
 */
export class Scope implements Disposable {
  readonly name: string;
  readonly #owned: Disposable[] = [];
  #disposed = false;

  constructor(name: string) {
    this.name = name;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Takes ownership; a scope that is already disposed releases the newcomer at once. */
  add<T extends Disposable>(owned: T): T {
    if (this.#disposed) owned.dispose();
    else this.#owned.push(owned);
    return owned;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const failures: unknown[] = [];
    for (const owned of this.#owned.splice(0).reverse()) {
      try {
        owned.dispose();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `Closing the ${this.name} scope failed in part.`);
  }
}
