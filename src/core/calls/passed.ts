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
  readonly #records = new Map<string, CallRecord>();

  add(record: CallRecord): void {
    this.#records.set(record.id, { ...record, args: nothing, result: undefined });
    if (this.#records.size <= remembered) return;
    for (const oldest of this.#records.keys()) {
      this.#records.delete(oldest);
      return;
    }
  }

  get(callId: string): CallRecord | undefined {
    return this.#records.get(callId);
  }
}
