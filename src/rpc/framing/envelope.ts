import type { NotificationMessage, RequestMessage, ResponseMessage } from "vscode-jsonrpc/node";
import { isJsonObject, type JsonObject } from "../../base/json.ts";
import { limits } from "../../protocol/limits.ts";

/** A request's id as this channel accepts it: a string of at most 256, or an integer that a double holds exactly. */
export type RequestId = string | number;

/** A message that is none. `id` is what an answer may carry; `answers` the request of ours that a broken response meant. */
export interface InvalidMessage {
  readonly kind: "parseError" | "invalidRequest";
  readonly message: string;
  readonly id: RequestId | null;
  readonly answers?: RequestId;
}

/** A body after its outer form was checked. The message is written anew: it has the fields of its kind and no other. */
export type Envelope =
  | { readonly kind: "request"; readonly message: RequestMessage & { id: RequestId } }
  | { readonly kind: "notification"; readonly message: NotificationMessage }
  | { readonly kind: "response"; readonly message: ResponseMessage & { id: RequestId } }
  /** An error about no message in particular, as a peer sends when it could not read an id. Never answered. */
  | { readonly kind: "complaint"; readonly code: number; readonly message: string }
  | { readonly kind: "invalid"; readonly fault: InvalidMessage };

const longestId = 256;
const longestMethod = 256;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads one body: UTF-8, JSON, then the JSON-RPC 2.0 envelope. Params and results are left for their schemas. */
export function readEnvelope(body: Uint8Array): Envelope {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return unreadable("The body is not valid UTF-8.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unreadable(
      `The body is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : "it cannot be parsed"}.`,
    );
  }
  if (Array.isArray(value)) return invalid("Batches are not supported; send each message by itself.");
  if (!isJsonObject(value)) return invalid("A message must be a JSON object.");
  const flaw = mayHide(text) ? flawIn(value, 1) : undefined;
  if (flaw) return invalid(flaw, value);
  if (value.jsonrpc !== "2.0") return invalid('A message must have "jsonrpc": "2.0".', value);
  return Object.hasOwn(value, "method") ? readCall(value) : readAnswer(value);
}

function readCall(value: JsonObject): Envelope {
  const { method, params, id } = value;
  if (typeof method !== "string" || method === "" || method.length > longestMethod) {
    return invalid(`"method" must be a string of 1 to ${longestMethod} characters.`, value);
  }
  if (Object.hasOwn(value, "result") || Object.hasOwn(value, "error")) {
    return invalid('A message with "method" cannot have "result" or "error".', value);
  }
  if (params !== undefined && params !== null && typeof params !== "object")
    return invalid('"params" must be an object.', value);
  const written = (params ?? undefined) as object | undefined;
  if (id === undefined)
    return { kind: "notification", message: { jsonrpc: "2.0", method, params: written } as NotificationMessage };
  if (!isId(id))
    return invalid(`"id" must be an integer within ±(2^53 − 1) or a string of at most ${longestId} characters.`);
  return {
    kind: "request",
    message: { jsonrpc: "2.0", id, method, params: written } as RequestMessage & { id: RequestId },
  };
}

function readAnswer(value: JsonObject): Envelope {
  const { id, result, error } = value;
  const hasResult = Object.hasOwn(value, "result");
  const hasError = Object.hasOwn(value, "error");
  if (hasResult === hasError) {
    const what = hasResult
      ? 'A response cannot have both "result" and "error".'
      : 'A message must have "method", "result" or "error".';
    return invalid(what, value);
  }
  if (hasError && !isWireError(error))
    return invalid('"error" must be an object with an integer "code" and a string "message".', value);
  if (id === null && isWireError(error)) return { kind: "complaint", code: error.code, message: error.message };
  if (!isId(id)) return invalid('"id" of a response must be the id of a request.');
  const message = hasError ? { jsonrpc: "2.0", id, error } : { jsonrpc: "2.0", id, result };
  return { kind: "response", message: message as ResponseMessage & { id: RequestId } };
}

function isId(id: unknown): id is RequestId {
  return typeof id === "string" ? id.length <= longestId : Number.isSafeInteger(id);
}

function isWireError(error: unknown): error is JsonObject & { code: number; message: string } {
  return isJsonObject(error) && Number.isSafeInteger(error.code) && typeof error.message === "string";
}

/** Whether the text could hold a flaw at all: short texts cannot nest too deep, and most name no prototype. */
function mayHide(text: string): boolean {
  return text.length >= 2 * limits.nesting || text.includes("__proto__") || text.includes("\\u");
}

/** A key that would reach for a prototype, or nesting that later code could not walk. The recursion is bounded by the limit. */
function flawIn(value: object, depth: number): string | undefined {
  if (depth > limits.nesting) return `The message is nested deeper than ${limits.nesting}.`;
  if (Array.isArray(value)) {
    for (const item of value) {
      const flaw = typeof item === "object" && item !== null ? flawIn(item, depth + 1) : undefined;
      if (flaw) return flaw;
    }
    return undefined;
  }
  // What JSON.parse makes has no enumerable keys but its own; `for in` is several times faster than making lists of them.
  for (const key in value) {
    if (key === "__proto__") return 'The key "__proto__" is not allowed.';
    const item = (value as JsonObject)[key];
    const flaw = typeof item === "object" && item !== null ? flawIn(item, depth + 1) : undefined;
    if (flaw) return flaw;
  }
  return undefined;
}

function unreadable(message: string): Envelope {
  return { kind: "invalid", fault: { kind: "parseError", message, id: null } };
}

/**
 * `value` is given where its id can be read: of a request it may stand in the answer, of a response it says which
 * request fails by it.
 */
function invalid(message: string, value?: JsonObject): Envelope {
  const own = value && isId(value.id) ? value.id : undefined;
  const asked = value !== undefined && Object.hasOwn(value, "method");
  const id = asked ? (own ?? null) : null;
  const answers = asked || own === undefined ? {} : { answers: own };
  return { kind: "invalid", fault: { kind: "invalidRequest", message, id, ...answers } };
}
