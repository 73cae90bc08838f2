import type { Calls } from "../calls/calls.ts";
import { isPassing } from "../calls/passed.ts";
import type { Contents } from "../events/contents.ts";
import { utf8Bytes } from "../events/size.ts";
import type { CallRecord } from "../journal/records.ts";

/** Bytes of a number, and of what stands around any value, at most; and those of one UTF-16 unit, where it has to be escaped. */
const longestNumber = 28;
const longestEscape = 6;

/** The reference of the result of a call that has a row: from the row it is found again after a reload. */
const prefix = "result:";

export interface CallResultsParts {
  readonly contents: Contents;
  readonly calls: () => Pick<Calls, "get">;
}

/** Results of calls that are too large for one answer: a reference goes to the caller, who fetches it with `content/get`. */
export class CallResults {
  readonly #parts: CallResultsParts;

  constructor(parts: CallResultsParts) {
    this.#parts = parts;
  }

  /** The result as it is, or a reference to it where it is larger than `limit` bytes as JSON. */
  bounded(record: CallRecord, result: unknown, limit: number): unknown {
    if (!isLargerThan(result, limit)) return result;
    return this.#parts.contents.share(result, partiesOf(record), isPassing(record) ? undefined : prefix + record.id);
  }

  /** Brings the result of a call that has a row back, if that is what the reference stands for. */
  async recall(reference: string): Promise<void> {
    if (!reference.startsWith(prefix)) return;
    const record = await this.#parts.calls().get(reference.slice(prefix.length));
    if (record?.result !== undefined) this.#parts.contents.share(record.result, partiesOf(record), reference);
  }
}

/** The identities of the plugins that made the call and were called; only they may read its result. */
function partiesOf({ callerOwner, targetOwner }: CallRecord): string[] {
  return [callerOwner, targetOwner].filter((owner) => owner !== undefined);
}

/** Whether a value takes more than so many bytes as JSON; cheap where it cannot. */
function isLargerThan(value: unknown, limit: number): boolean {
  return mostBytes(value, limit) > limit && utf8Bytes(JSON.stringify(value)) > limit;
}

/** What a value takes as JSON at most, as if all of its text were escaped. Stops counting past `enough`. */
function mostBytes(value: unknown, enough: number): number {
  let size = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && size <= enough) {
    const next = waiting.pop();
    size += longestNumber;
    if (typeof next === "string") size += next.length * longestEscape;
    else if (Array.isArray(next)) for (const one of next) waiting.push(one);
    else if (typeof next === "object" && next !== null) {
      for (const key in next) {
        size += key.length * longestEscape + 4;
        waiting.push((next as Record<string, unknown>)[key]);
      }
    }
  }
  return size;
}
