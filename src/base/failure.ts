/** What can go wrong between parties, by name; the wire's numbers are in `protocol/codes.ts`. */
export type FailureKind =
  | "parseError"
  | "invalidRequest"
  | "methodNotFound"
  | "invalidParams"
  | "internal"
  | "cancelled"
  | "overloaded"
  | "denied"
  | "timeout"
  | "notFound"
  | "unavailable"
  | "tooLarge"
  | "notNegotiated"
  | "versionMismatch"
  | "blocked"
  | "callDepth"
  | "conflict"
  | "budgetExceeded";

/**
 * An expected failure: something that the other side or the person can understand and act on. `message` says what
 * happened and why, `todo` says what to do; `details` are plain values for a program. Any other error is a fault of ours
 * and never crosses a boundary as text.
 */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly todo: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    more: { todo?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "Failure";
    this.kind = kind;
    this.todo = more.todo;
    this.details = more.details;
  }
}

/**
 * The failure behind an error: itself; "cancelled" for what an `AbortController` without a reason, `fetch` and timers throw;
 * or "internal". The original is its cause.
 */
export function asFailure(error: unknown, what: string): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof Error && error.name === "AbortError")
    return new Failure("cancelled", `${what} was cancelled.`, { cause: error });
  return new Failure("internal", `${what} failed inside the host.`, {
    todo: "This is a fault of Parley; the log has the details.",
    cause: error,
  });
}
