import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Brain } from "../brain.ts";
import { dimensions, embed, embeddingModel } from "../embed.ts";
import { callsDelta, chunk, completion, readCompletion, usageOf } from "./chat.ts";
import { Refusal, readJson, refuseForeign } from "./guards.ts";

export type Endpoints = { port: number; close(): Promise<void> };

/**
 * Serves `/v1/chat/completions`, `/v1/embeddings` and `/v1/models` on 127.0.0.1. Port 0 lets the system choose. No key is asked for:
 * whoever runs on this machine may use it, web pages may not.
 */
export async function serve(brain: Brain, port: number, onFault: (error: unknown) => void): Promise<Endpoints> {
  const server: Server = createServer(
    { requestTimeout: 60_000, headersTimeout: 10_000, maxHeaderSize: 16_384 },
    (request, response) => {
      const { port: own } = server.address() as AddressInfo;
      handle(brain, own, request, response).catch((error: unknown) => {
        if (!(error instanceof Refusal)) onFault(error);
        refuse(
          response,
          error instanceof Refusal
            ? error
            : new Refusal(500, "server_error", "The request failed inside the server; its log has the details."),
        );
      });
    },
  );
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  server.off("error", onFault).on("error", onFault);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(brain: Brain, port: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
  refuseForeign(request, port);
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  const route = `${request.method} ${pathname.replace(/\/$/, "")}`;
  if (route === "POST /v1/chat/completions") return chat(brain, request, response);
  if (route === "POST /v1/embeddings") return embeddings(request, response);
  if (route === "GET /v1/models") {
    const data = [brain.model, embeddingModel].map((id) => ({
      id,
      object: "model",
      created: 0,
      owned_by: "llmserver",
    }));
    return json(response, { object: "list", data });
  }
  if (/^\/v1\/(?:chat\/completions|embeddings|models)$/.test(pathname))
    throw new Refusal(405, "method_not_allowed", `${request.method} is not possible here.`);
  throw new Refusal(404, "not_found", "There are /v1/chat/completions, /v1/embeddings and /v1/models.");
}

async function chat(brain: Brain, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = readCompletion(await readJson(request));
  const left = new AbortController();
  response.once("close", () => left.abort());
  const id = `chatcmpl-${randomUUID()}`;
  const created = Math.floor(Date.now() / 1000);
  if (!asked.stream) return json(response, completion(id, created, await brain.answer(asked, () => {}, left.signal)));
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = (event: object): void => void response.write(`data: ${JSON.stringify(event)}\n\n`);
  send(chunk(id, created, brain.model, { role: "assistant", content: "" }, null));
  try {
    const answer = await brain.answer(
      asked,
      (content) => send(chunk(id, created, brain.model, { content }, null)),
      left.signal,
    );
    const calls = callsDelta(answer);
    if (calls !== undefined) send(chunk(id, created, brain.model, calls, null));
    send(chunk(id, created, brain.model, {}, answer.finish));
    if (asked.usage) send({ ...chunk(id, created, brain.model, {}, null), choices: [], usage: usageOf(answer) });
    response.end("data: [DONE]\n\n");
  } catch (error) {
    // The status line is out already, so the failure is told as an event.
    send({ error: { message: "The answer failed inside the server; its log has the details.", type: "server_error" } });
    response.end();
    if (!left.signal.aborted) throw error;
  }
}

async function embeddings(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await readJson(request)) as { input?: unknown; encoding_format?: unknown } | null;
  const input = body?.input;
  const texts = typeof input === "string" ? [input] : input;
  if (
    !Array.isArray(texts) ||
    texts.length === 0 ||
    texts.length > 256 ||
    !texts.every((text) => typeof text === "string")
  ) {
    throw new Refusal(400, "invalid_request_error", "input must be a text, or a list of 1 to 256 texts.");
  }
  const packed = body?.encoding_format === "base64";
  const data = (texts as string[]).map((text, index) => {
    const vector = embed(text);
    return {
      object: "embedding",
      index,
      embedding: packed ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector,
    };
  });
  json(response, {
    object: "list",
    data,
    model: embeddingModel,
    usage: { prompt_tokens: 0, total_tokens: 0 },
    dimensions,
  });
}

function json(response: ServerResponse, value: object, status = 200): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  response.setHeader("connection", "close");
  json(response, { error: { message: refusal.message, type: refusal.type, param: null, code: null } }, refusal.status);
}
