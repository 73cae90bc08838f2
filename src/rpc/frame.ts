import { Failure } from "../base/failure.ts";
import { limits } from "../protocol/limits.ts";

/** A message as it goes over the wire. Frames are immutable; one frame may be sent on many connections. */
export interface Frame {
  readonly header: string;
  readonly body: Uint8Array;
  /** Bytes of header and body. */
  readonly size: number;
}

const encoder = new TextEncoder();

/** Writes a message as bytes. Throws `tooLarge` above the body limit, `invalidParams` for what JSON cannot carry. */
export function frameMessage(message: object, bodyBytes: number = limits.bodyBytes): Frame {
  let text: string;
  try {
    text = JSON.stringify(message);
  } catch (error) {
    throw new Failure("invalidParams", "The message cannot be written as JSON.", {
      todo: "Send plain values: no cycles, no bigints.",
      cause: error,
    });
  }
  if (text.length > bodyBytes) throw tooLarge(text.length, bodyBytes);
  const body = encoder.encode(text);
  if (body.length > bodyBytes) throw tooLarge(body.length, bodyBytes);
  const header = `Content-Length: ${body.length}\r\n\r\n`;
  return { header, body, size: header.length + body.length };
}

function tooLarge(size: number, limit: number): Failure {
  return new Failure("tooLarge", `The message has at least ${size} bytes; the limit is ${limit}.`, {
    details: { limit },
    todo: "Send large values in pieces or as references.",
  });
}
