import type { CallRecord } from "../journal/records.ts";

const remembered = 1_000;
const nothing: CallRecord["args"] = {};

/**
 * Whether a call leaves no record of its own on disk: plugins reading from each other outside every conversation, who have
 * the answer already. The journal says that it was made, by whom, under which rule and how it ended.
 */
export function isPassing({ caller, action, detached, conversation }: CallRecord): boolean {
  return action === "read" && !detached && conversation === undefined && caller.startsWith("plugin:");
}

/** The latest passing calls that have ended, without what was sent and answered, for those who ask what became of one. */
export class PassedCalls {
  /** The next one takes the place of the oldest. It is written much and hardly ever read, so it is searched and not indexed. */
  readonly #records: CallRecord[] = [];
  #next = 0;

  add(record: CallRecord): void {
    this.#records[this.#next] = { ...record, args: nothing, result: undefined };
    this.#next = (this.#next + 1) % remembered;
  }

  get(callId: string): CallRecord | undefined {
    return this.#records.find(({ id }) => id === callId);
  }
}
