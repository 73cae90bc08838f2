import { systemClock } from "../base/clock.ts";
import { Failure } from "../base/failure.ts";
import { isJsonObject, parseJson } from "../base/json.ts";
import { type Address, parseAddress, resourceURL } from "./address.ts";
import { notAStreamFailure } from "./errors.ts";
import { boundedFetch } from "./http.ts";
import { refusalFailure, type Target } from "./httpErrors.ts";
import { usableKey } from "./key.ts";
import { networkFailure } from "./networkErrors.ts";
import { redactor } from "./redact.ts";

/** A server on this machine that answers with a list of models. */
export interface LocalServer {
  readonly label: string;
  readonly baseURL: string;
  readonly models: string[];
}

const knownServers: readonly Omit<LocalServer, "models">[] = [
  { label: "Ollama", baseURL: "http://127.0.0.1:11434/v1" },
  { label: "LM Studio", baseURL: "http://127.0.0.1:1234/v1" },
  { label: "llama.cpp", baseURL: "http://127.0.0.1:8080/v1" },
  { label: "vLLM", baseURL: "http://127.0.0.1:8000/v1" },
];

/**
 * The ids of the models that an endpoint offers, sorted.
 *
 * @throws Failure as a request for an answer would; `unavailable` after `timeoutMs` (10 s unless told)
 */
export async function listModels(from: { baseURL: string; apiKey?: string; timeoutMs?: number }): Promise<string[]> {
  const address: Address = parseAddress(from.baseURL);
  const key = usableKey(from.apiKey, address.base);
  const target: Target = {
    base: address.base,
    keyed: key !== undefined,
    redact: redactor([key, ...Object.values(address.query)]),
  };
  const timeoutMs = from.timeoutMs ?? 10_000;
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let body: string;
  try {
    response = await boundedFetch(resourceURL(address, "/models"), {
      headers: { Accept: "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) },
      signal: timeout,
    });
    body = await response.text();
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (!timeout.aborted) throw networkFailure(error, target);
    throw new Failure("unavailable", `${target.base} did not list its models within ${timeoutMs} ms.`, {
      todo: "Check the address and whether the server is busy.",
    });
  }
  if (!response.ok) {
    const refusal = { status: response.status, headers: Object.fromEntries(response.headers), body };
    throw refusalFailure(refusal, target, systemClock.now());
  }
  const ids = modelIds(body);
  if (!ids) throw notAStreamFailure(target);
  return ids;
}

/** The servers that answer on this machine within 300 ms, of those that people run models with. */
export async function findLocalServers(candidates = knownServers): Promise<LocalServer[]> {
  const asked = await Promise.all(
    candidates.map(async (server) => {
      const models = await listModels({ baseURL: server.baseURL, timeoutMs: 300 }).catch(() => undefined);
      return models && models.length > 0 ? [{ ...server, models }] : [];
    }),
  );
  return asked.flat();
}

/** Undefined where the text is no list of models. */
function modelIds(body: string): string[] | undefined {
  const json = parseJson(body);
  const list = isJsonObject(json) ? json.data : json;
  if (!Array.isArray(list)) return undefined;
  const ids = list.flatMap((model) => (isJsonObject(model) && typeof model.id === "string" ? [model.id] : []));
  return [...new Set(ids)].sort();
}
