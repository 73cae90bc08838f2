/**
 * A server that speaks OpenAI's chat completions by hand, for tests: it shares no code with any client.
 *
 * As a program: `node test/support/openaiServer.ts [--script tool-loop] [--port 0] [--key KEY]`; it prints
 * `listening on http://127.0.0.1:PORT/v1` and ends when its stdin does.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { type ChatRequest, problemOf } from "./openaiRequest.ts";
import { type Script, scripts } from "./openaiScripts.ts";
import { opening, type Step, sse } from "./openaiSteps.ts";

export interface ServerOptions {
  script: Script;
  port?: number;
  /** Required as `Authorization: Bearer …` when given. */
  key?: string;
  models?: string[];
  /** Sends an answer in writes of this many bytes, wherever that cuts; else one write for each step. */
  writeBytes?: number;
  /** `\r\n` for the servers that end their lines so. */
  lineEnd?: "\n" | "\r\n";
}

/** One request as it came. Header names in lower case. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
  /** True once the client has closed before the answer was complete. */
  abandoned: boolean;
}

export interface OpenAIServer {
  /** `http://127.0.0.1:PORT/v1` */
  baseURL: string;
  readonly requests: SeenRequest[];
  script: Script;
  writeBytes: number | undefined;
  lineEnd: "\n" | "\r\n";
  /** Lets every answer that stands at `{hold: true}` go on. */
  release(): void;
  close(): Promise<void>;
}

export async function startOpenAIServer(options: ServerOptions): Promise<OpenAIServer> {
  const waiting = new Set<() => void>();
  let chats = 0;
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      response.destroy();
      if (!response.closed) console.error(error);
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const seen: SeenRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: parse(await read(request)),
      abandoned: false,
    };
    handle.requests.push(seen);
    response.on("close", () => {
      seen.abandoned = !response.writableFinished;
    });
    if (options.key !== undefined && request.headers.authorization !== `Bearer ${options.key}`) {
      return send(response, 401, { error: { message: "Incorrect API key provided.", code: "invalid_api_key" } });
    }
    if (request.method === "GET" && path === "/v1/models") {
      const data = (options.models ?? ["scripted"]).map((id) => ({ id, object: "model", owned_by: "tests" }));
      return send(response, 200, { object: "list", data });
    }
    if (request.method !== "POST" || path !== "/v1/chat/completions") {
      return send(response, 404, { error: { message: `Unknown request URL: ${path}` } });
    }
    const problem = problemOf(seen.body);
    if (problem) return send(response, 400, { error: { message: problem, type: "invalid_request_error" } });
    await play(handle.script(seen.body as ChatRequest, chats++), seen.body as ChatRequest, response);
  }

  async function play(steps: Step[], request: ChatRequest, response: ServerResponse): Promise<void> {
    const first = steps[0];
    if (first && "status" in first) return send(response, first.status, first.body, first.headers);
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
    const wantsUsage = request.stream_options?.include_usage === true;
    if (!(first && "raw" in first)) await write(response, opening(request.model));
    for (const step of steps) {
      if (response.closed) return;
      if ("cut" in step) return void response.destroy();
      if ("end" in step) break;
      if ("hold" in step) await held(response);
      else if ("pauseMs" in step) await new Promise((resolve) => setTimeout(resolve, step.pauseMs));
      else await write(response, sse(step, request.model, wantsUsage));
    }
    response.end();
  }

  async function write(response: ServerResponse, text: string): Promise<void> {
    const bytes = Buffer.from(handle.lineEnd === "\n" ? text : text.replaceAll("\n", "\r\n"));
    const size = handle.writeBytes ?? Math.max(1, bytes.length);
    for (let at = 0; at < bytes.length && !response.closed; at += size) {
      await new Promise<void>((resolve) => response.write(bytes.subarray(at, at + size), () => resolve()));
      // Gives the bytes a turn of their own, so that the client really gets them in this piece.
      if (handle.writeBytes) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function held(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        waiting.delete(go);
        resolve();
      };
      waiting.add(go);
      response.once("close", go);
    });
  }

  const handle: OpenAIServer = {
    baseURL: "",
    requests: [],
    script: options.script,
    writeBytes: options.writeBytes,
    lineEnd: options.lineEnd ?? "\n",
    release() {
      for (const go of [...waiting]) go();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  handle.baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return handle;
}

/** An object is sent as JSON; a text as it is, with the content type that the headers give. */
function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json", ...headers });
  response.end(isText ? body : body === undefined ? "" : JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text === "" ? undefined : text;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      script: { type: "string", default: "tool-loop" },
      port: { type: "string", default: "0" },
      key: { type: "string" },
    },
  });
  const script = scripts[values.script];
  if (!script) throw new Error(`There is no script "${values.script}"; there are ${Object.keys(scripts).join(", ")}.`);
  const server = await startOpenAIServer({ script, port: Number(values.port), key: values.key });
  console.log(`listening on ${server.baseURL}`);
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
}

// By name, because the bundles of in-host tests are CommonJS and have no `import.meta`.
if (basename(process.argv[1] ?? "") === "openaiServer.ts") void main();
