import { toDisposable } from "../base/dispose.ts";
import { nextTurn } from "./turns.ts";
import type { ByteSink, ByteSource } from "./types.ts";

/** One end of a channel in memory. */
export interface MemoryEnd {
  readonly source: ByteSource;
  readonly sink: ByteSink;
}

/**
 * Two ends of a channel without a process, for tests: what one end's sink is given, the other's source delivers in a later
 * turn, in order. `highWater` are the bytes that may wait before `write` answers false.
 */
export function memoryPair(highWater = 64 * 1024): { readonly left: MemoryEnd; readonly right: MemoryEnd } {
  const toRight = new MemoryPipe(highWater);
  const toLeft = new MemoryPipe(highWater);
  return { left: { source: toLeft.source, sink: toRight.sink }, right: { source: toRight.source, sink: toLeft.sink } };
}

/** One direction. */
class MemoryPipe {
  readonly #highWater: number;
  readonly #chunks: Uint8Array[] = [];
  readonly #data = new Set<(chunk: Uint8Array) => void>();
  readonly #end = new Set<(error?: Error) => void>();
  readonly #drain = new Set<() => void>();
  readonly #error = new Set<(error: Error) => void>();
  #waiting = 0;
  #paused = false;
  #full = false;
  #scheduled = false;
  #writable = true;
  #readable = true;
  #broken = false;

  constructor(highWater: number) {
    this.#highWater = highWater;
  }

  readonly source: ByteSource = {
    onData: (listener) => this.#listen(this.#data, listener),
    onEnd: (listener) => this.#listen(this.#end, listener),
    pause: () => {
      this.#paused = true;
    },
    resume: () => {
      this.#paused = false;
      this.#schedule();
    },
    dispose: () => {
      this.#readable = false;
      this.#chunks.length = 0;
    },
  };

  readonly sink: ByteSink = {
    write: (chunk) => this.#write(chunk),
    onDrain: (listener) => this.#listen(this.#drain, listener),
    onError: (listener) => this.#listen(this.#error, listener),
    end: () => {
      this.#writable = false;
      this.#schedule();
    },
    dispose: () => {
      this.#writable = false;
      this.#chunks.length = 0;
      this.#schedule();
    },
  };

  #listen<L>(listeners: Set<L>, listener: L) {
    listeners.add(listener);
    this.#schedule();
    return toDisposable(() => listeners.delete(listener));
  }

  #write(chunk: Uint8Array): boolean {
    if (!this.#writable) return true;
    if (!this.#readable) {
      this.#breakOnce();
      return true;
    }
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    this.#schedule();
    this.#full = this.#waiting >= this.#highWater;
    return !this.#full;
  }

  #breakOnce(): void {
    if (this.#broken) return;
    this.#broken = true;
    const error = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    nextTurn(() => {
      for (const listener of [...this.#error]) listener(error);
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    nextTurn(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (!this.#paused && this.#readable && this.#data.size > 0) {
      const chunk = this.#chunks.shift();
      if (!chunk) break;
      this.#waiting -= chunk.length;
      for (const listener of [...this.#data]) listener(chunk);
    }
    if (this.#full && this.#chunks.length === 0) {
      this.#full = false;
      for (const listener of [...this.#drain]) listener();
    }
    if (this.#writable || !this.#readable || this.#paused || this.#chunks.length > 0 || this.#end.size === 0) return;
    this.#readable = false;
    for (const listener of [...this.#end]) listener();
  }
}
