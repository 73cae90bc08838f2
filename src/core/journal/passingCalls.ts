import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { ActivityData } from "../../protocol/plugin/activity.ts";
import type { CallRecord } from "./records.ts";
import { Tally } from "./tally.ts";

export type ReportCalls = (data: ActivityData<"call.counted">, about: Pick<CallRecord, "rule" | "rules">) => void;

/** Counts calls that leave no row of their own: by caller, offer, outcome and rule, a row a second. */
export class PassingCalls implements Disposable {
  readonly #tally: Tally<CallRecord>;

  constructor(clock: Clock, report: ReportCalls) {
    this.#tally = new Tally(clock, (record, count) => {
      const { caller, plugin, name, action, status, error } = record;
      report({ caller, target: `${plugin}/${name}`, action, status, ...(error && { error }), ...count }, record);
    });
  }

  /** A passing call has ended. */
  ended(record: CallRecord): void {
    const { caller, plugin, name, status, rule } = record;
    const key = `${caller} ${plugin}/${name} ${status} ${rule}`;
    // What was sent and answered is not kept until the row is written.
    if (!this.#tally.again(key)) this.#tally.first(key, { ...record, args: {}, result: undefined });
  }

  /** Reports all that was counted, now. */
  flush(): void {
    this.#tally.flush();
  }

  dispose(): void {
    this.#tally.dispose();
  }
}
