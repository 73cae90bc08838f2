import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { CountedRow, CountedRows } from "./countedRows.ts";
import type { JournalRow } from "./records.ts";
import { type Count, Tally } from "./tally.ts";

/** So many events of one source under one topic and rule have a row of their own in a second; more are counted. */
const ownRows = 50;

/** Keeps a plugin that publishes by the thousand from filling the disk: the count stays exact, the contents are not kept. */
export class EventFlood implements Disposable {
  readonly #clock: Clock;
  readonly #tally: Tally<JournalRow>;
  #second = 0;
  #seen = new Map<string, number>();

  constructor(clock: Clock, report: (row: CountedRow) => void, drafts?: CountedRows) {
    this.#clock = clock;
    this.#tally = new Tally(clock, rowOf, report, drafts);
  }

  /** Whether an event is counted instead of being written. */
  takes(row: JournalRow): boolean {
    const second = Math.floor(this.#clock.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#seen = new Map();
    }
    const key = `${row.source} ${row.type} ${row.rule}`;
    const seen = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, seen);
    if (seen <= ownRows) return false;
    // What was said is not kept until the count is told.
    if (!this.#tally.again(key)) this.#tally.first(key, { ...row, data: undefined });
    return true;
  }

  flush(): void {
    this.#tally.flush();
  }

  dispose(): void {
    this.#tally.dispose();
  }
}

function rowOf({ source, type, rule }: JournalRow, count: Count): CountedRow<"plugin.eventsCounted"> {
  const data = { pluginId: source, topic: type, ...count };
  return { type: "plugin.eventsCounted", data, ...(rule !== undefined && { rule }) };
}
