import { APICallError, InvalidResponseDataError, JSONParseError, TypeValidationError } from "@ai-sdk/provider";
import { Failure } from "../base/failure.ts";
import { refusalFailure, streamedErrorFailure, type Target } from "./httpErrors.ts";
import { cutFailure, networkFailure } from "./networkErrors.ts";

/**
 * What went wrong before the first piece of the answer. The original error is dropped on purpose: it carries the
 * request, and at times the headers.
 */
export function requestFailure(error: unknown, target: Target, now: number): Failure {
  if (error instanceof Failure) return error;
  if (APICallError.isInstance(error) && error.statusCode !== undefined && !(error.statusCode < 300)) {
    const refusal = { status: error.statusCode, headers: error.responseHeaders ?? {}, body: error.responseBody ?? "" };
    return refusalFailure(refusal, target, now);
  }
  return networkFailure(error, target);
}

/** What went wrong once the answer had begun: an error that the stream threw, or one that it carried. */
export function streamFailure(error: unknown, target: Target, now: number): Failure {
  if (error instanceof Failure) return error;
  const inner = error instanceof Error ? error.cause : undefined;
  if (inner instanceof Failure) return inner;
  if (JSONParseError.isInstance(error) || TypeValidationError.isInstance(error)) return malformedFailure(target);
  if (InvalidResponseDataError.isInstance(error)) {
    return error.data === undefined ? cutFailure(target) : malformedFailure(target);
  }
  if (error === undefined || error instanceof Error) return cutFailure(target);
  return streamedErrorFailure(error, target, now);
}

function malformedFailure(target: Target): Failure {
  return new Failure("unavailable", `${target.base} sent a piece that is not of the OpenAI chat format.`, {
    todo: "Check that this address is an OpenAI-compatible endpoint; if it is, look at the server's log.",
  });
}

/** The server answered with success, and with something else than a stream of pieces. */
export function notAStreamFailure(target: Target): Failure {
  return new Failure("unavailable", `What answers at ${target.base} is not an OpenAI-compatible endpoint.`, {
    todo: "Check the address; it usually ends in /v1.",
  });
}
