import { Failure } from "../../base/failure.ts";
import type { PlainFailure } from "./messages.ts";

/** SQLite's primary result codes that mean something to us. */
const codes = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
};

/** The primary result code of an error of SQLite's, or undefined for any other error. */
function codeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

/** The file is not a database, or a damaged one. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === codes.corrupt || code === codes.notADatabase;
}

export function isLocked(error: unknown): boolean {
  const code = codeOf(error);
  return code === codes.busy || code === codes.locked;
}

/** It concerns one operation only: what else the transaction holds can be kept. */
export function concernsOneOperation(error: unknown): boolean {
  return error instanceof Failure || codeOf(error) === codes.constraint || codeOf(error) === undefined;
}

/** What the caller of a failed operation is told. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const cause = { cause: error };
  switch (codeOf(error)) {
    case codes.busy:
    case codes.locked:
      return unavailable("The history is locked by another window or program.", "Try again in a moment.", error);
    case codes.full:
      return unavailable("The history cannot be saved: the disk is full.", "Free some space, then try again.", error);
    case codes.ioError:
      return unavailable(
        "The history cannot be saved: the disk is full, or it reports an error.",
        "Look after the disk, then try again.",
        error,
      );
    case codes.readOnly:
    case codes.cannotOpen:
      return unavailable(
        "The history cannot be saved: its file may not be written.",
        "Correct its permissions.",
        error,
      );
    case codes.corrupt:
    case codes.notADatabase:
      return unavailable("The file of the history is damaged.", "It is moved aside and a new one is begun.", error);
    case codes.constraint:
      return new Failure("notFound", "The conversation that this belongs to does not exist any more.", cause);
    case undefined:
      return new Failure("internal", "The store failed.", cause);
    default:
      return unavailable(`The history cannot be used: ${String((error as Error).message)}.`, undefined, error);
  }
}

export function plainFailure(failure: Failure): PlainFailure {
  const { kind, message, todo, details } = failure;
  const why = failure.cause instanceof Error ? { cause: failure.cause.message } : {};
  return { kind, message, todo, details: { ...details, ...why } };
}

function unavailable(message: string, todo: string | undefined, cause: unknown): Failure {
  return new Failure("unavailable", message, { todo, cause });
}
