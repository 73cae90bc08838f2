import type { PluginEvent } from "../../protocol/plugin/events.ts";

/** What a value costs besides its text, so that many small ones count as well. */
const overhead = 8;
const namesBytes = ["seq", "type", "source", "timestamp", "data"].join("").length;

/**
 * How many bytes a JSON value takes as text, about: strings as UTF-8, escapes not counted, 8 bytes for each value. Stops
 * counting past `enough`.
 */
export function jsonBytes(value: unknown, enough = Number.POSITIVE_INFINITY): number {
  let bytes = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && bytes <= enough) {
    const next = waiting.pop();
    bytes += overhead;
    if (typeof next === "string") bytes += utf8Bytes(next);
    else if (Array.isArray(next)) for (const item of next) waiting.push(item);
    else if (typeof next === "object" && next !== null) {
      for (const key in next) {
        bytes += utf8Bytes(key);
        waiting.push((next as Record<string, unknown>)[key]);
      }
    }
  }
  return bytes;
}

/** The same for an event whose data takes `dataBytes`. */
export function eventBytes({ type, source, conversation }: PluginEvent, dataBytes: number): number {
  const bytes = dataBytes + 5 * overhead + namesBytes + utf8Bytes(type) + utf8Bytes(source);
  return conversation === undefined ? bytes : bytes + overhead + "conversation".length + utf8Bytes(conversation);
}

/** The length of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Both halves of a pair count two, four together.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
