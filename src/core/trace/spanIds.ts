import { digitsOf, type FillRandom, RandomDigits } from "../../base/randomDigits.ts";

/**
 * Names of traces and spans, made on the path of every message. Half of a trace's name is random once a window and half each
 * time; a span's says which one of this window it is, so that it is found again without an index. Names are no secret: whether
 * somebody may use one is looked up.
 */
export class SpanIds {
  readonly #random: RandomDigits;
  readonly #window: string;
  readonly #prefix: string;

  constructor(fill?: FillRandom) {
    this.#random = new RandomDigits(fill);
    // Neither begins with a zero, so that no name is all zeros.
    this.#window = `1${this.#digits().slice(1)}`;
    this.#prefix = `1${this.#random.eight().slice(1)}`;
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
    return this.#random.eight() + this.#random.eight();
  }
}
