const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Where random bytes come from, as a dependency: fills the array. */
export type FillRandom = (bytes: Uint8Array) => void;

/**
 * Names of traces and spans, made on the path of every message. Half of a trace's name is random once a window and half each
 * time; a span's says which one of this window it is, so that it is found again without an index. Names are no secret: whether
 * somebody may use one is looked up.
 */
export class SpanIds {
  readonly #fill: FillRandom;
  readonly #pool = new Uint8Array(4_096);
  readonly #window: string;
  readonly #prefix: string;
  #at = this.#pool.length;

  constructor(fill: FillRandom = (bytes) => void globalThis.crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)) {
    this.#fill = fill;
    // Neither begins with a zero, so that no name is all zeros.
    this.#window = `1${this.#digits().slice(1)}`;
    this.#prefix = `1${this.#digits().slice(1, 8)}`;
  }

  /** 32 digits. */
  trace(): string {
    return this.#window + this.#digits();
  }

  /** 16 digits for the span with this number. */
  span(number: number): string {
    return this.#prefix + digitsOf(number >>> 24, number >>> 16, number >>> 8, number);
  }

  /** The number of a span of this window, or undefined for a name that it never gave. */
  numberOf(spanId: string): number | undefined {
    return spanId.startsWith(this.#prefix) ? Number.parseInt(spanId.slice(8), 16) : undefined;
  }

  /** 16 random digits. */
  #digits(): string {
    const pool = this.#pool;
    if (this.#at >= pool.length) {
      this.#fill(pool);
      this.#at = 0;
    }
    const at = this.#at;
    this.#at = at + 8;
    return (
      digitsOf(pool[at], pool[at + 1], pool[at + 2], pool[at + 3]) +
      digitsOf(pool[at + 4], pool[at + 5], pool[at + 6], pool[at + 7])
    );
  }
}

/** The last byte of each number in two digits. */
function digitsOf(one = 0, two = 0, three = 0, four = 0): string {
  return `${hex[one & 255]}${hex[two & 255]}${hex[three & 255]}${hex[four & 255]}`;
}
