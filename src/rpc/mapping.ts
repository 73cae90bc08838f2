import { Failure, type FailureKind } from "../base/failure.ts";
import { isJsonObject } from "../base/json.ts";
import { errorCodes } from "../protocol/codes.ts";

/** An error as it stands in a response. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

const codeOf = errorCodes satisfies Record<FailureKind, number>;

/** Longest text, in UTF-16 units, that an error carries in either direction. */
const longestMessage = 4_000;

/** When to try again, in milliseconds, where whoever refused did not say. */
const defaultRetryMs = 1_000;

const kindOf: ReadonlyMap<number, FailureKind> = new Map([
  ...(Object.keys(codeOf) as FailureKind[]).map((kind): [number, FailureKind] => [codeOf[kind], kind]),
  // LSP's "server cancelled" and "content modified" mean to us what a cancel means.
  [-32801, "cancelled"],
  [-32802, "cancelled"],
]);

/**
 * What the peer is told of an error. A `Failure` keeps its message, `todo` and details; anything else becomes `internal`
 * with a fixed text, because the text of a thrown error is not meant for a peer.
 */
export function toWireError(error: unknown): WireError {
  // A plugin in plain JavaScript may make a failure of a kind that there is not.
  if (!(error instanceof Failure) || !Object.hasOwn(codeOf, error.kind)) {
    return {
      code: codeOf.internal,
      message: "The receiver failed; its own log has the details.",
      data: { kind: "internal" },
    };
  }
  return {
    code: codeOf[error.kind],
    message: shorten(error.message),
    data: {
      ...plainDetails(error.details),
      // Whoever is over a limit is always told when to try again, also where a plugin says so, and badly.
      ...(error.kind === "overloaded" ? { retryAfterMs: retryMsOf(error.details?.retryAfterMs) } : {}),
      kind: error.kind,
      ...(error.todo === undefined ? {} : { todo: shorten(error.todo) }),
    },
  };
}

/**
 * The failure that a peer's error stands for. The number rules; a code that is not ours is `internal` with the code in
 * its details.
 */
export function fromWireError(error: WireError): Failure {
  const kind = kindOf.get(error.code);
  const { kind: _claimed, todo, ...details } = isJsonObject(error.data) ? error.data : {};
  return new Failure(kind ?? "internal", shorten(printable(error.message)) || "The peer failed and did not say why.", {
    todo: typeof todo === "string" ? shorten(printable(todo)) : undefined,
    details:
      kind === undefined ? { ...details, code: error.code } : Object.keys(details).length > 0 ? details : undefined,
  });
}

function retryMsOf(said: unknown): number {
  return typeof said === "number" && said >= 0 && Number.isFinite(said) ? said : defaultRetryMs;
}

/** Details that JSON can carry; a detail that it cannot is left out rather than spoiling the answer. */
function plainDetails(details: Record<string, unknown> | undefined): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(details ?? {})) {
    try {
      if (JSON.stringify(value) !== undefined) plain[key] = value;
    } catch {
      // A cycle or a bigint: the message still says what happened.
    }
  }
  return plain;
}

function shorten(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`;
}

/** A peer's text without control characters other than line ends and tabs: it is going to be shown and logged. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the purpose.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}
