import type { Clock } from "../base/clock.ts";
import type { Disposable } from "../base/dispose.ts";
import { LineGate, LineSplitter } from "./lines.ts";

/** How long a line without its end is waited for: a question, or text between messages, may never have one. */
const unendedMs = 1_000;

export interface PrintedLinesParts {
  readonly clock: Clock;
  /** How many lines reach the log. */
  readonly rate: { readonly perSecond: number; readonly burst: number };
  readonly log: (line: string) => void;
  /** Hears of every line, also of those that are too many for the log. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** How many characters at the end of a text may be the beginning of a secret. */
  readonly secretBegun?: ((text: string) => number) | undefined;
}

/** What a process prints, line by line for its log. */
export class PrintedLines {
  readonly #clock: Clock;
  readonly #gate: LineGate;
  readonly #splitter: LineSplitter;
  #unended: Disposable | undefined;

  constructor({ clock, rate, log, onLine, secretBegun }: PrintedLinesParts) {
    this.#clock = clock;
    this.#gate = new LineGate(clock, rate, log);
    this.#splitter = new LineSplitter((line) => {
      onLine?.(line);
      this.#gate.write(line);
    }, secretBegun);
  }

  write(chunk: Uint8Array): void {
    this.#splitter.write(chunk);
    if (!this.#splitter.unended) return;
    this.#unended ??= this.#clock.after(unendedMs, () => {
      this.#unended = undefined;
      this.#splitter.break();
    });
  }

  /** Nothing more is printed: what is left is the last line. */
  end(): void {
    this.#unended?.dispose();
    this.#splitter.end();
    this.#gate.end();
  }
}
