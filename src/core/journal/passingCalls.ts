import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { CountedRow, CountedRows } from "./countedRows.ts";
import type { CallRecord } from "./records.ts";
import { type Count, Tally } from "./tally.ts";

/** Counts calls that leave no row of their own: by caller, offer, outcome and rule, a row a second. */
export class PassingCalls implements Disposable {
  readonly #tally: Tally<CallRecord>;
  /** The last one and its kind: those that come by the thousand are mostly alike, and the text is made once for all of them. */
  #last: Pick<CallRecord, "caller" | "plugin" | "name" | "status" | "rule"> | undefined;
  #lastKind = "";

  constructor(clock: Clock, report: (row: CountedRow) => void, drafts?: CountedRows) {
    this.#tally = new Tally(clock, rowOf, report, drafts);
  }

  /** A passing call has ended. */
  ended(record: CallRecord): void {
    const key = this.#kindOf(record);
    // What was sent and answered is not kept until the row is written.
    if (!this.#tally.again(key)) this.#tally.first(key, { ...record, args: {}, result: undefined, failure: undefined });
  }

  #kindOf({ caller, plugin, name, status, rule }: CallRecord): string {
    const last = this.#last;
    if (
      last?.caller === caller &&
      last.plugin === plugin &&
      last.name === name &&
      last.status === status &&
      last.rule === rule
    )
      return this.#lastKind;
    this.#last = { caller, plugin, name, status, rule };
    this.#lastKind = `${caller} ${plugin}/${name} ${status} ${rule}`;
    return this.#lastKind;
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
