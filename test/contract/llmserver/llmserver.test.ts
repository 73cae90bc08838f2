import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { llmChatOutput, llmChatPartial, llmEmbedOutput } from "../../../src/protocol/plugin/capabilities.ts";
import { FakeHost } from "../../support/fakeHost.ts";
import { until } from "../../support/until.ts";
import { bundledTools } from "../../unit/guide/evaluate.ts";

const entry = fileURLToPath(new URL("../../../plugins/llmserver/main.ts", import.meta.url));
type Chat = {
  text: string;
  toolCalls: { id: string; name: string; arguments: string }[];
  finish: string;
  kind: string;
  model: string;
};

async function startServer(config: Record<string, unknown> = {}, dataDir = "/nowhere"): Promise<FakeHost> {
  const host = await FakeHost.start({ entry, name: "llmserver", initialize: false });
  const params = host.initializeParams();
  await host.connection.request("initialize", { ...params, plugin: { ...params.plugin, dataDir }, config });
  host.connection.notify("initialized", {});
  return host;
}

describe("llmserver", function () {
  this.timeout(20_000);
  let host: FakeHost;
  before(async () => {
    host = await startServer();
  });
  after(() => host.stop());
  const tools = bundledTools();
  const ask = (content: string): Record<string, unknown> => ({ messages: [{ role: "user", content }], tools });

  it("answers llm.chat as the offline guide: calls first, then the report, in pieces", async () => {
    const first = llmChatOutput.parse(await host.call("chat", ask("add 5 and 3 with the calculator")));
    assert.deepEqual([first.kind, first.model, first.finish], ["rules", "offline-guide", "tool-calls"]);
    const [call] = first.toolCalls;
    assert.deepEqual(
      [call?.name, JSON.parse(call?.arguments ?? "")],
      ["calculator_calculate_via_hello", { operation: "add", a: 5, b: 3 }],
    );
    const messages = [
      { role: "user", content: "add 5 and 3 with the calculator" },
      { role: "assistant", content: first.text, toolCalls: first.toolCalls },
      { role: "tool", toolCallId: call?.id, content: '{"result":8,"callee_plugin":"hello"}' },
    ];
    const pieces: string[] = [];
    const options = {
      onProgress: ({ partial }: { partial?: unknown }) => void pieces.push(llmChatPartial.parse(partial).text ?? ""),
    };
    const last = llmChatOutput.parse(await host.call("chat", { messages, tools }, { progressToken: 1 }, options));
    assert.deepEqual([last.finish, last.toolCalls], ["stop", []]);
    assert.match(last.text, /result: \*\*8\*\*/);
    assert.equal(pieces.join(""), last.text);
  });

  it("does nothing for what it has no recipe for, and shows three examples", async () => {
    const { text, toolCalls } = await host.call<Chat>("chat", ask("write a poem about rivers"));
    assert.deepEqual(toolCalls, []);
    assert.equal(text.split("\n- ").length, 4);
  });

  it("embeds: one unit vector a text, the same every time, near for similar texts", async () => {
    const texts = ["the parser handles comments", "how comments are parsed", "calculate the sum of two numbers", ""];
    const { vectors, dimensions } = llmEmbedOutput.parse(await host.call("embed", { texts }));
    assert.ok(dimensions >= 256);
    for (const vector of vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-9);
    const dot = (a: number, b: number): number =>
      (vectors[a] as number[]).reduce((sum, value, index) => sum + value * (vectors[b]?.[index] as number), 0);
    assert.ok(dot(0, 1) > dot(0, 2) + 0.15, `${dot(0, 1)} ${dot(0, 2)}`);
    assert.deepEqual((await host.call<{ vectors: number[][] }>("embed", { texts })).vectors, vectors);
  });

  it("says in its status why there is no model, and what to do", async () => {
    const status = await host.call<{ answers: string; reason: string; http: string }>("status");
    assert.match(status.answers, /offline guide/);
    assert.match(status.reason, /no GGUF model in \/nowhere\/models/);
    assert.match(status.http, /off/);
    const dataDir = await mkdtemp(join(tmpdir(), "parley-llm-"));
    await mkdir(join(dataDir, "models"));
    await writeFile(join(dataDir, "models", "tiny.gguf"), "");
    const other = await startServer({}, dataDir);
    try {
      assert.match(
        (await other.call<{ reason: string }>("status")).reason,
        /tiny\.gguf is there.*npm install node-llama-cpp/,
      );
    } finally {
      await other.stop();
      await rm(dataDir, { recursive: true });
    }
  });

  it("runs a model through node-llama-cpp when both are there", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "parley-llm-"));
    const module = join(dataDir, "node_modules", "node-llama-cpp");
    await mkdir(module, { recursive: true });
    await mkdir(join(dataDir, "models"));
    await writeFile(join(dataDir, "models", "tiny.gguf"), "");
    await writeFile(join(module, "package.json"), '{"name":"node-llama-cpp","type":"module","exports":"./index.js"}');
    await writeFile(join(module, "index.js"), standInForLlama);
    const other = await startServer({}, dataDir);
    try {
      const answer = await other.call<Chat>("chat", ask("say hi"));
      assert.deepEqual(
        [answer.kind, answer.model, answer.text, answer.finish],
        ["model", "tiny.gguf", "2 items, last model", "stop"],
      );
      const broken = other.call("chat", ask("break"));
      await assert.rejects(broken, /tiny\.gguf failed to answer/);
    } finally {
      await other.stop();
      await rm(dataDir, { recursive: true });
    }
  });
});

const standInForLlama = `
export const getLlama = async () => ({ loadModel: async () => ({ createContext: async () => ({ getSequence: () => ({}) }) }) });
export class LlamaChat {
  async generateResponse(history, { onTextChunk }) {
    if (history[0].text === "break") throw new Error("secret path");
    const response = history.length + " items, last " + history.at(-1).type;
    onTextChunk(response);
    return { response, metadata: { stopReason: "eogToken" } };
  }
}`;

describe("llmserver over HTTP", function () {
  this.timeout(20_000);
  let host: FakeHost;
  let base: string;
  let port: number;
  before(async () => {
    host = await startServer({ "http.enabled": true });
    base = await until("it listens", async () => {
      const { http } = await host.call<{ http: string }>("status");
      return http.startsWith("http://127.0.0.1:") && http;
    });
    port = Number(new URL(base).port);
  });
  after(() => host.stop());
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${base}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const wireTools = bundledTools().map(({ name, description, input }) => ({
    type: "function",
    function: { name, description, parameters: input },
  }));

  it("answers chat completions, with tool calls", async () => {
    const messages = [{ role: "user", content: [{ type: "text", text: "list the files in src" }] }];
    const answer = await (await post("/chat/completions", { model: "x", messages, tools: wireTools })).json();
    const [choice] = answer.choices;
    assert.equal(choice.finish_reason, "tool_calls");
    assert.equal(choice.message.tool_calls[0].function.name, "repoagent_repo_tree");
    assert.equal(JSON.parse(choice.message.tool_calls[0].function.arguments).path, "src");
  });

  it("streams", async () => {
    const response = await post("/chat/completions", {
      messages: [{ role: "user", content: "xyzzy" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    assert.match(response.headers.get("content-type") ?? "", /event-stream/);
    const events = (await response.text())
      .trim()
      .split("\n\n")
      .map((event) => event.replace(/^data: /, ""));
    assert.equal(events.pop(), "[DONE]");
    const chunks = events.map((event) => JSON.parse(event));
    assert.match(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), /nothing was done/);
    assert.equal(chunks.at(-2).choices[0].finish_reason, "stop");
    assert.equal(chunks.at(-1).usage.total_tokens, 0);
  });

  it("answers embeddings, as numbers and packed, and the models", async () => {
    const { data } = await (await post("/embeddings", { input: ["a", "b"] })).json();
    assert.deepEqual([data.length, data[0].embedding.length], [2, 384]);
    const packed = await (await post("/embeddings", { input: "a", encoding_format: "base64" })).json();
    const numbers = new Float32Array(Uint8Array.from(Buffer.from(packed.data[0].embedding, "base64")).buffer);
    assert.ok(Math.abs((numbers[7] as number) - data[0].embedding[7]) < 1e-6);
    const models = await (await fetch(`${base}/models`)).json();
    assert.deepEqual(
      models.data.map((model: { id: string }) => model.id),
      ["offline-guide", "hashed-ngrams-384"],
    );
  });

  it("refuses what a web page could send", async () => {
    assert.equal(await status({ host: `evil.example:${port}` }), 421);
    assert.equal(await status({ host: "127.0.0.1" }), 421);
    assert.equal((await post("/embeddings", { input: "a" }, { origin: "http://evil.example" })).status, 403);
    assert.equal((await post("/embeddings", { input: "a" }, { "content-type": "text/plain" })).status, 415);
    const answer = await post("/embeddings", { input: "a" });
    assert.deepEqual([answer.status, answer.headers.get("access-control-allow-origin")], [200, null]);
  });

  it("says what is wrong with a request", async () => {
    const wrong: [string, unknown, number, RegExp][] = [
      ["/chat/completions", "{", 400, /not JSON/],
      ["/chat/completions", { messages: [] }, 400, /messages/],
      ["/chat/completions", { messages: [{ role: "king", content: "" }] }, 400, /messages\[0\]\.role/],
      ["/chat/completions", { messages: [{ role: "user", content: [{ type: "image_url" }] }] }, 400, /type text/],
      ["/embeddings", { input: [] }, 400, /input/],
      ["/embeddings", { input: "x".repeat(4 * 1024 * 1024) }, 413, /larger/],
      ["/nothing", {}, 404, /v1\/models/],
      ["/models", {}, 405, /POST/],
    ];
    for (const [path, body, code, message] of wrong) {
      const response = await post(path, body);
      assert.equal(response.status, code, path);
      assert.match(((await response.json()) as { error: { message: string } }).error.message, message);
    }
  });

  function status(headers: Record<string, string>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: "127.0.0.1", port, path: "/v1/models", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on("error", reject).end();
    });
  }
});
