import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { CountedRow, CountedRows } from "./countedRows.ts";
import type { CallRecord } from "./records.ts";
import { type Count, Tally } from "./tally.ts";

/** Counts calls that leave no row of their own: by caller, offer, outcome and rule, a row a second. */
export class PassingCalls implements Disposable {
  readonly #tally: Tally<CallRecord>;

  constructor(clock: Clock, report: (row: CountedRow) => void, drafts?: CountedRows) {
    this.#tally = new Tally(clock, rowOf, report, drafts);
  }

  /** A passing call has ended. */
  ended(record: CallRecord): void {
    const { caller, plugin, name, status, rule } = record;
    const key = `${caller} ${plugin}/${name} ${status} ${rule}`;
    // What was sent and answered is not kept until the row is written.
    if (!this.#tally.again(key)) this.#tally.first(key, { ...record, args: {}, result: undefined, failure: undefined });
  }

  /** Reports all that was counted, now. */
  flush(): void {
    this.#tally.flush();
  }

  dispose(): void {
    this.#tally.dispose();
  }
}

function rowOf(record: CallRecord, count: Count): CountedRow<"call.counted"> {
  const { caller, plugin, name, action, status, error, rule, rules } = record;
  const data = { caller, target: `${plugin}/${name}`, action, status, ...(error && { error }), ...count };
  return { type: "call.counted", data, ...(rule && { rule }), ...(rules && { rules }) };
}
