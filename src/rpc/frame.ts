import { Failure } from "../base/failure.ts";
import type { SharedField } from "../base/sharedField.ts";

/** A message as it goes over the wire. Frames are immutable; one frame may be sent on many connections. */
export interface Frame {
  /** The header and, where the body is shared with others, its beginning. */
  readonly header: string;
  readonly body: Uint8Array;
  /** Bytes of header and body. */
  readonly size: number;
}

/**
 * Writes a message, its body still as text: many small messages are turned into bytes together, which costs less.
 * Throws `tooLarge` above the body limit, `invalidParams` for what JSON cannot carry.
 */
export function textFrame(message: object, bodyBytes: number): { header: string; body: string; size: number } {
  const body = jsonOf(message, bodyBytes);
  const bytes = Buffer.byteLength(body);
  if (bytes > bodyBytes) throw tooLarge(bytes, bodyBytes);
  const header = `Content-Length: ${bytes}\r\n\r\n`;
  return { header, body, size: header.length + bytes };
}

/** A notification of which only the beginning is its own; see `SharedField`. `own` are its other params, at least one. */
export function sharedFrame(method: string, own: object, shared: SharedField, bodyBytes: number): Frame {
  const text = jsonOf({ jsonrpc: "2.0", method, params: own }, bodyBytes);
  // Without the two braces with which the shared part ends.
  const beginning = text.slice(0, -2);
  const bytes = Buffer.byteLength(beginning) + shared.ending.length;
  if (bytes > bodyBytes) throw tooLarge(bytes, bodyBytes);
  const line = `Content-Length: ${bytes}\r\n\r\n`;
  return { header: line + beginning, body: shared.ending, size: line.length + bytes };
}

function jsonOf(message: object, bodyBytes: number): string {
  let text: string;
  try {
    text = JSON.stringify(message);
  } catch (error) {
    throw new Failure("invalidParams", "The message cannot be written as JSON.", {
      todo: "Send plain values: no cycles, no bigints.",
      cause: error,
    });
  }
  // A character takes at least one byte.
  if (text.length > bodyBytes) throw tooLarge(text.length, bodyBytes);
  return text;
}

function tooLarge(size: number, limit: number): Failure {
  return new Failure("tooLarge", `The message has at least ${size} bytes; the limit is ${limit}.`, {
    details: { limit },
    todo: "Send large values in pieces or as references.",
  });
}
