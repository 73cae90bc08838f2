/** A promise with its own handles. Settling it again has no effect, as with any promise. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/**
 * Made by a constructor, as whatever is made for each message and waits for an answer: the engine takes a literal whose objects often
 * outlive a collection for one to put among the old objects at once, and there each keeps all that it leads to.
 */
class Settling<T> implements Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

export function deferred<T>(): Deferred<T> {
  return new Settling<T>();
}
