import { Failure } from "../base/failure.ts";
import type { Target } from "./httpErrors.ts";

/** The failure behind a request that never got an answer. Only the system's error code is taken over, never a text. */
export function networkFailure(error: unknown, target: Target): Failure {
  const code = errorCode(error);
  const fail = (message: string, todo: string) =>
    new Failure("unavailable", message, { todo, details: code ? { code } : {} });
  const at = target.base;
  switch (code) {
    case "ECONNREFUSED":
      return fail(`Nothing answers at ${at}; is the server running?`, "Start it, or choose another model.");
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return fail(
        `The host of ${at} is not known to this machine's name service.`,
        "Check the address and the network.",
      );
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_HEADERS_TIMEOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return fail(`${at} did not answer in time.`, "Check the network and whether the server is busy.");
    case "ECONNRESET":
    case "EPIPE":
    case "UND_ERR_SOCKET":
      return fail(`${at} closed the connection before it answered.`, "Try again; if it stays so, look at the server.");
    default:
      if (code && /CERT|SIGNATURE|TLS|SSL/.test(code)) {
        return fail(
          `The certificate of ${at} is not trusted (${code}).`,
          "Make this machine trust it, or check the address.",
        );
      }
      return fail(`${at} could not be reached${code ? ` (${code})` : ""}.`, "Check the address and the network.");
  }
}

/** The stream ended, or was broken off, before the model had finished. */
export function cutFailure(target: Target): Failure {
  return new Failure("unavailable", `The answer was cut off: ${target.base} ended it before the model had finished.`, {
    todo: "Try again; if it stays so, look at the server.",
    details: { cut: true },
  });
}

/** The system's code for what went wrong, from the error or from what caused it. */
function errorCode(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    const code = (current as { code?: unknown }).code;
    if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return code;
    if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0];
    else current = current.cause;
  }
  return undefined;
}
