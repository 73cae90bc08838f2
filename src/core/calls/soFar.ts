import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { CallRecord } from "../journal/records.ts";

/** So much of the text that has come is kept for a reader, in characters: the last of it. */
const keptCharacters = 4_000;
/** Pieces are gathered for so long before a row is drawn again, in milliseconds. */
const gatherMs = 100;

/** Gathers the texts of a streaming result for the row of its call, until the result is there. */
export class TextSoFar {
  readonly #clock: Clock;
  readonly #show: (record: CallRecord) => void;
  readonly #waiting = new Map<CallRecord, Disposable>();

  constructor(clock: Clock, show: (record: CallRecord) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  /** A piece that is a text, or has one as `text`; of others nothing is shown. */
  add(record: CallRecord, partial: unknown): void {
    const text = typeof partial === "string" ? partial : (partial as { text?: unknown } | null)?.text;
    if (typeof text !== "string" || text === "") return;
    const all = (record.soFar ?? "") + text;
    record.soFar = all.length > keptCharacters ? `…${all.slice(1 - keptCharacters)}` : all;
    if (this.#waiting.has(record)) return;
    const timer = this.#clock.after(gatherMs, () => {
      this.#waiting.delete(record);
      this.#show(record);
    });
    this.#waiting.set(record, timer);
  }

  ended(record: CallRecord): void {
    if (record.soFar === undefined) return;
    record.soFar = undefined;
    this.#waiting.get(record)?.dispose();
    this.#waiting.delete(record);
  }
}
