import type { ActivityData, ActivityTopic } from "../../protocol/plugin/activity.ts";
import type { StorePort } from "../ports.ts";
import type { JournalRow, Lease } from "./records.ts";
import type { Count } from "./tally.ts";

type CountedTopic = Extract<ActivityTopic, "permission.decided" | "call.counted" | "plugin.eventsCounted">;

/** What is told of so many of a kind, as it is published and becomes a row of the journal. */
export interface CountedRow<Topic extends CountedTopic = CountedTopic> extends Pick<JournalRow, "rule" | "rules"> {
  readonly type: Topic;
  readonly data: ActivityData<Topic> & Count;
  readonly conversation?: string | undefined;
}

export interface CountedRowsParts {
  readonly store: Pick<
    StorePort,
    "saveRetained" | "deleteRetained" | "retainedLeases" | "takeRetained" | "readJournal"
  >;
  readonly lease: Lease;
  /** Whether the process of another lease is alive: what it counts it tells itself. */
  readonly alive: (lease: Lease) => Promise<boolean>;
  /** Told when something could not be read or written. */
  readonly failed: (error: unknown) => void;
}

/** What the rows of all windows are under, where those of a workspace are under its folder. */
const place = "parley:counted";
const mostCompared = 10_000;

/**
 * What was counted and is not told yet, in the store, so that a host that is killed takes no more with it than what it
 * counted since the last time that it wrote: the next host tells it.
 */
export class CountedRows {
  readonly #parts: CountedRowsParts;
  #count = 0;

  constructor(parts: CountedRowsParts) {
    this.#parts = parts;
  }

  newId(): string {
    const { pid, started } = this.#parts.lease;
    return `counted ${pid} ${started} ${this.#count++}`;
  }

  /** Writes what was counted so far, each row in the place of the one with its id. */
  put(rows: readonly { readonly id: string; readonly row: CountedRow }[]): void {
    const { store, lease, failed } = this.#parts;
    store.saveRetained(rows.map(({ id, row }) => ({ id, workspace: place, lease, counted: row }))).catch(failed);
  }

  /** What is in the journal by now. */
  remove(ids: readonly string[]): void {
    this.#parts.store.deleteRetained(ids).catch(this.#parts.failed);
  }

  /** Tells what hosts that are gone had counted, unless it is in the journal already. */
  async recover(tell: (row: CountedRow) => void): Promise<void> {
    const { store, lease, alive, failed } = this.#parts;
    try {
      const gone: Lease[] = [];
      for (const other of await store.retainedLeases(place)) if (!(await alive(other))) gone.push(other);
      const records = await store.takeRetained(place, gone, lease);
      for (const { counted } of records) if (counted && !(await this.#isTold(counted))) tell(counted);
      if (records.length > 0) await store.deleteRetained(records.map(({ id }) => id));
    } catch (error) {
      failed(error);
    }
  }

  /** A kill between the row of the journal and the end of what stood for it leaves both. */
  async #isTold({ type, data }: CountedRow): Promise<boolean> {
    const since = data.first;
    const told = await this.#parts.store.readJournal({ types: [type], since, limit: mostCompared });
    return told.some((row) => kindOf(row.data as CountedRow["data"]) === kindOf(data));
  }
}

/** The same for what was counted of the same kind from the same moment on. */
function kindOf({ times: _times, last: _last, ...rest }: CountedRow["data"]): string {
  return JSON.stringify(Object.entries(rest).sort());
}
