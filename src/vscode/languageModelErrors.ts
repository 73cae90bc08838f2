import { Failure, type FailureKind } from "../base/failure.ts";

const longest = 300;

/**
 * What a provider's error means. VS Code marks its own refusals with a code; whatever a provider throws arrives as a
 * plain error, of which only a short text is taken over.
 */
export function languageModelFailure(error: unknown, label: string): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error);
  const words = wordsOf(error);
  const fail = (kind: FailureKind, message: string, todo: string) =>
    new Failure(kind, words ? `${message} It says: ${words}` : message, { todo, details: code ? { code } : {} });
  if (code === "NoPermissions") {
    return fail("denied", `VS Code does not let Parley use ${label}.`, "Send the message again and choose Allow.");
  }
  if (code === "NotFound") {
    return fail("notFound", `${label} is no longer offered.`, "Run Parley: Connect a Model and choose another.");
  }
  if (code === "ChatRateLimited" || /rate.?limit|too many requests|\b429\b/i.test(words)) {
    return fail("overloaded", `${label} takes no more requests at the moment.`, "Try again later.");
  }
  if (code === "Blocked" || code === "ChatQuotaExceeded") {
    return fail(
      "denied",
      `The provider of ${label} refused the request.`,
      "Look at your account, or choose another model.",
    );
  }
  return fail("unavailable", `${label} failed.`, "Try again, or choose another model.");
}

/** By its shape and not its class: an error that crossed from another extension's side may have lost that. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" && /^\w{1,60}$/.test(code) ? code : undefined;
}

function wordsOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error && !error.message ? error.cause : error;
  const text = inner instanceof Error ? inner.message : typeof inner === "string" ? inner : "";
  const clean = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}
