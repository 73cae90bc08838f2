import { StringDecoder } from "node:string_decoder";
import type { Clock } from "../base/clock.ts";
import { printable } from "../base/printable.ts";

/** Longest line, in characters; a longer one is cut and the rest of it dropped. */
const longestLine = 8_192;

/**
 * Cuts bytes into lines of text, without their ends and without control characters. Memory is bounded by one line. What may be the
 * beginning of a secret is not parted from what follows: `begun` says how many characters at the end of a text that may be.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onLine: (line: string) => void;
  readonly #begun: (text: string) => number;
  #line = "";
  #cut = false;

  constructor(onLine: (line: string) => void, begun: (text: string) => number = () => 0) {
    this.#onLine = onLine;
    this.#begun = begun;
  }

  write(chunk: Uint8Array): void {
    this.#text(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  /** Whether something stands without a line end. */
  get unended(): boolean {
    return this.#line !== "";
  }

  /**
   * Whatever stands without a line end is a line too; what comes later begins another. The beginning of a secret waits
   * for its rest.
   */
  break(): void {
    if (this.#cut) {
      this.#flush();
      return;
    }
    const text = printable(this.#line);
    const line = withoutBeginning(text, this.#begun);
    this.#line = text.slice(line.length);
    if (line !== "") this.#onLine(line);
  }

  /** What is left is the last line. */
  end(): void {
    this.#text(this.#decoder.end());
    if (this.#line !== "") this.#flush();
  }

  #text(text: string): void {
    let from = 0;
    for (let to = text.indexOf("\n"); to >= 0; to = text.indexOf("\n", from)) {
      this.#append(text, from, to);
      this.#flush();
      from = to + 1;
    }
    this.#append(text, from, text.length);
  }

  #append(text: string, from: number, to: number): void {
    if (this.#cut || from >= to) return;
    const room = longestLine - this.#line.length;
    this.#line += text.slice(from, Math.min(to, from + room));
    if (to - from > room) this.#cut = true;
  }

  #flush(): void {
    const text = printable(this.#line);
    // Of a secret that is cut nobody would find the rest.
    const line = this.#cut ? `${withoutBeginning(text, this.#begun)}…` : text;
    this.#line = "";
    this.#cut = false;
    this.#onLine(line);
  }
}

function withoutBeginning(text: string, begun: (text: string) => number): string {
  return text.slice(0, text.length - begun(text));
}

/** Lets `burst` lines through at once and `perSecond` over time, and says how many it left out. */
export class LineGate {
  readonly #clock: Clock;
  readonly #rate: { perSecond: number; burst: number };
  readonly #onLine: (line: string) => void;
  #tokens: number;
  #filledAt: number;
  #leftOut = 0;

  constructor(clock: Clock, rate: { perSecond: number; burst: number }, onLine: (line: string) => void) {
    this.#clock = clock;
    this.#rate = rate;
    this.#onLine = onLine;
    this.#tokens = rate.burst;
    this.#filledAt = clock.now();
  }

  write(line: string): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + ((now - this.#filledAt) / 1_000) * this.#rate.perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      this.#leftOut++;
      return;
    }
    this.#tokens--;
    this.end();
    this.#onLine(line);
  }

  /** Tells of what was left out so far. */
  end(): void {
    if (this.#leftOut === 0) return;
    const lines = this.#leftOut === 1 ? "1 line" : `${this.#leftOut} lines`;
    this.#onLine(`[${lines} left out: it writes more than ${this.#rate.perSecond} lines a second]`);
    this.#leftOut = 0;
  }
}

/** The last lines of a text, bounded in characters; a line that is cut ends before what may be the beginning of a secret. */
export class Tail {
  readonly #limit: number;
  readonly #begun: (text: string) => number;
  #lines: string[] = [];
  #size = 0;

  constructor(limit: number, begun: (text: string) => number = () => 0) {
    this.#limit = limit;
    this.#begun = begun;
  }

  add(line: string): void {
    const kept = line.length > this.#limit ? withoutBeginning(line.slice(0, this.#limit), this.#begun) : line;
    this.#lines.push(kept);
    this.#size += kept.length + 1;
    while (this.#size > this.#limit + 1 && this.#lines.length > 1) this.#size -= (this.#lines.shift()?.length ?? 0) + 1;
  }

  get text(): string {
    return this.#lines.join("\n");
  }
}
