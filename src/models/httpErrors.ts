import { Failure, type FailureKind } from "../base/failure.ts";
import { isJsonObject, parseJson } from "../base/json.ts";
import type { Redact } from "./redact.ts";

/** Whom a failure is about. */
export interface Target {
  /** The endpoint's address without anything secret. */
  readonly base: string;
  /** Undefined where the request names no model. */
  readonly model?: string;
  /** Whether a key was sent. */
  readonly keyed: boolean;
  readonly redact: Redact;
}

/** What a server answered instead of what was asked. Header names in lower case. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The failure behind an HTTP answer that is no success; the server's own words are quoted, redacted and short. */
export function refusalFailure(refusal: Refusal, target: Target, now: number): Failure {
  const { status } = refusal;
  const said = serverWords(refusal.body);
  const words = said.text ? ` It says: ${target.redact(said.text)}` : "";
  const code = said.code === undefined ? undefined : target.redact(said.code);
  const retryAfterMs = retryAfter(refusal.headers, now);
  const fail = (kind: FailureKind, message: string, todo: string) =>
    new Failure(kind, `${message}${words}`, { todo, details: clean({ status, code, retryAfterMs }) });
  const at = target.base;

  if (status >= 300 && status < 400) {
    const to = refusal.headers.location;
    const place = to && URL.canParse(to, at) ? new URL(to, at) : undefined;
    const where = place ? ` to ${target.redact(place.origin + place.pathname)}` : "";
    return fail(
      "unavailable",
      `${at} redirects${where} (${status}).`,
      "Connect the model again with its final address.",
    );
  }
  if (status === 401 || status === 403) {
    const what = target.keyed ? "the key was refused" : "it wants a key, and none was sent";
    return fail("denied", `${at}: ${what} (${status}).`, "Check the key and run Parley: Connect a Model.");
  }
  if (status === 402 || said.code === "insufficient_quota") {
    return fail("denied", `${at}: the account has no credit left (${status}).`, "Top it up, or choose another model.");
  }
  if (status === 429 || status === 529) {
    const wait = retryAfterMs === undefined ? "" : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
    return fail("overloaded", `${at} takes no more requests at the moment (${status}).${wait}`, "Try again later.");
  }
  if (status === 413 || said.code === "context_length_exceeded" || /context (length|window|size)/i.test(said.text)) {
    return fail(
      "tooLarge",
      `The conversation is too long for ${target.model ?? at} (${status}).`,
      "Start a new conversation, or choose a model with a larger context.",
    );
  }
  if (status === 404 || said.code === "model_not_found") {
    if (target.model === undefined) {
      return fail("notFound", `${at} has no list of models (${status}).`, "Check the address; it usually ends in /v1.");
    }
    return fail(
      "notFound",
      `The model "${target.model}" was not found at ${at} (${status}).`,
      `Check the model's name and the address (it usually ends in /v1), or run Parley: Connect a Model.`,
    );
  }
  if (status >= 500 || status === 408 || status === 409 || status === 425) {
    return fail("unavailable", `${at} failed (${status}).`, "Try again; if it stays so, look at the server.");
  }
  return fail(
    "invalidRequest",
    `${at} refused the request (${status}).`,
    "Choose another model, or look at the server's log.",
  );
}

/** An error that a server put into a stream that had begun well: `{message, code, type}`, or just a text. */
export function streamedErrorFailure(error: unknown, target: Target, now: number): Failure {
  const body = JSON.stringify({ error });
  const { code = "", text } = serverWords(body);
  const status = /^\d{3}$/.test(code) ? Number(code) : 0;
  if (status >= 400) return refusalFailure({ status, headers: {}, body }, target, now);
  const words = text ? ` It says: ${target.redact(text)}` : "";
  const busy = /rate.?limit|overloaded|too many requests/i.test(`${code} ${text}`);
  return new Failure(
    busy ? "overloaded" : "unavailable",
    `${target.base} broke off the answer with an error.${words}`,
    { todo: "Try again.", details: clean({ code: code ? target.redact(code) : undefined }) },
  );
}

/** Milliseconds to wait that the server named, by `retry-after-ms` or `retry-after` (seconds or a date). */
export function retryAfter(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const exact = Number.parseFloat(headers["retry-after-ms"] ?? "");
  if (exact >= 0) return Math.ceil(exact);
  const value = headers["retry-after"]?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The message and the code in an error's body, in any of the shapes that servers use; plain text as it is. */
function serverWords(body: string): { text: string; code?: string } {
  let json: unknown = parseJson(body);
  if (json === undefined) return { text: /^\s*</.test(body) ? "" : body };
  if (Array.isArray(json)) json = json[0];
  if (!isJsonObject(json)) return { text: typeof json === "string" ? json : "" };
  const inner = isJsonObject(json.error) ? json.error : json;
  const text = [inner.message, json.error, json.detail, json.message].find((value) => typeof value === "string") ?? "";
  const code = inner.code ?? inner.type;
  return typeof code === "string" || typeof code === "number" ? { text, code: String(code) } : { text };
}

/** Leaves out what is undefined, so that details hold plain values only. */
function clean(details: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}
