import { isJsonObject } from "../../base/json.ts";
import { jsonBytes } from "./size.ts";

/** What stands where a large field was: the reference under which the host has it, and how large it is. */
export interface Placeholder {
  readonly $reference: string;
  readonly type: "string" | "object" | "array";
  readonly bytes: number;
}

/** A placeholder takes no more than this, so a field below it is not worth replacing. */
const placeholderBytes = 256;

/**
 * The data of an event in at most `limit` bytes: its largest fields, or all of it where that is not enough, replaced by
 * placeholders. `put` takes what is replaced and answers its reference. Data that is small enough is returned as it is.
 */
export function shrink(data: unknown, limit: number, put: (value: unknown) => string): unknown {
  const bytes = jsonBytes(data, limit);
  if (bytes <= limit) return data;
  const large = isJsonObject(data) ? fieldsToReplace(data, limit) : undefined;
  if (!large) return placeholder(data, put);
  const small: Record<string, unknown> = { ...(data as object) };
  for (const key of large) small[key] = placeholder(small[key], put);
  return small;
}

/** The largest fields without which the rest fits; undefined where it would not fit without all that are worth replacing. */
function fieldsToReplace(data: Record<string, unknown>, limit: number): string[] | undefined {
  let bytes = jsonBytes(data);
  const fields = Object.entries(data).map(([key, value]) => ({ key, bytes: jsonBytes(value) }));
  fields.sort((one, other) => other.bytes - one.bytes);
  const chosen: string[] = [];
  for (const field of fields) {
    if (bytes <= limit) return chosen;
    if (field.bytes <= placeholderBytes) return undefined;
    chosen.push(field.key);
    bytes += placeholderBytes - field.bytes;
  }
  return bytes <= limit ? chosen : undefined;
}

function placeholder(value: unknown, put: (value: unknown) => string): Placeholder {
  const type = typeof value === "string" ? "string" : Array.isArray(value) ? "array" : "object";
  return { $reference: put(value), type, bytes: jsonBytes(value) };
}
