/**
 * Bytes that have arrived and are not yet taken. A lone chunk is used where it lies and, being full, never written to;
 * only what has to be joined is copied, into a buffer of the size that is expected or else one that doubles, so that a
 * body in a thousand pieces costs a constant number of copies per byte.
 */
export class ByteQueue {
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** `expected` are the bytes that there will be at least, with these, as far as that is known. */
  push(chunk: Uint8Array, expected = 0): void {
    if (chunk.length === 0) return;
    if (this.length === 0) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#buffer.length) this.#grow(this.length + chunk.length, expected);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The byte at this offset; the offset must be less than `length`. */
  at(offset: number): number {
    return this.#buffer[this.#start + offset] as number;
  }

  /** Offset of the first such byte from `from` on, or -1. */
  indexOf(byte: number, from: number): number {
    // The buffer may be a megabyte longer than what is in it: a search must not walk through the rest.
    const found = this.#buffer.subarray(this.#start + from, this.#end).indexOf(byte);
    return found === -1 ? -1 : found + from;
  }

  /** The first bytes, still in place: read them before the next push. */
  peek(count: number): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#start + count);
  }

  /** Takes the first bytes. What is returned is never overwritten. */
  take(count: number): Uint8Array {
    const taken = this.peek(count);
    this.#start += count;
    return taken;
  }

  skip(count: number): void {
    this.#start += count;
  }

  clear(): void {
    this.#buffer = new Uint8Array(0);
    this.#start = 0;
    this.#end = 0;
  }

  /** Always into a new buffer: slices that were taken keep the old one. */
  #grow(needed: number, expected: number): void {
    const size = expected >= needed ? expected : Math.max(needed, 2 * this.length, 4_096);
    const grown = new Uint8Array(size);
    grown.set(this.#buffer.subarray(this.#start, this.#end));
    this.#end = this.length;
    this.#start = 0;
    this.#buffer = grown;
  }
}
