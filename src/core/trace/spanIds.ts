const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Where random bytes come from, as a dependency: fills the array. */
export type FillRandom = (bytes: Uint8Array) => void;

/**
 * Names of traces and spans. A trace's name is random; a span's says which one of this window it is, so that it is found again
 * without an index: names are no secret, and whether somebody may use one is looked up.
 */
export class SpanIds {
  readonly #fill: FillRandom;
  readonly #pool = new Uint8Array(1_024);
  readonly #prefix: string;
  #at = this.#pool.length;

  constructor(fill: FillRandom = (bytes) => void globalThis.crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)) {
    this.#fill = fill;
    this.#prefix = `1${this.#digits(4).slice(1)}`;
  }

  /** 32 digits, not all zero. */
  trace(): string {
    const name = this.#digits(16);
    return name === "0".repeat(32) ? `1${name.slice(1)}` : name;
  }

  /** 16 digits for the span with this number. */
  span(number: number): string {
    return this.#prefix + (number >>> 0).toString(16).padStart(8, "0");
  }

  /** The number of a span of this window, or undefined for a name that it never gave. */
  numberOf(spanId: string): number | undefined {
    return spanId.startsWith(this.#prefix) ? Number.parseInt(spanId.slice(8), 16) : undefined;
  }

  #digits(bytes: number): string {
    if (this.#at + bytes > this.#pool.length) {
      this.#fill(this.#pool);
      this.#at = 0;
    }
    let text = "";
    for (const end = this.#at + bytes; this.#at < end; this.#at++) text += hex[this.#pool[this.#at] ?? 0];
    return text;
  }
}
