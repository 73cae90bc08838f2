import assert from "node:assert/strict";
import { createOpenAICompatible } from "../../../src/models/lazy.ts";
import { ask, runStep } from "../../support/modelSteps.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import type { Step } from "../../support/openaiSteps.ts";
import { until } from "../../support/until.ts";

const readFile = {
  name: "repoagent_read",
  offer: "repoagent/repo.file.read",
  action: "read" as const,
  description: "Reads a file.",
  input: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  examples: [{ prompt: "read a.ts", args: { path: "a.ts" } }],
};

describe("a model behind an OpenAI-compatible endpoint", () => {
  let server: OpenAIServer;
  const model = (more: { baseURL?: string } = {}) =>
    createOpenAICompatible({ id: "m", label: "Scripted", baseURL: server.baseURL, model: "scripted", ...more });
  const answering = (...steps: Step[]) => {
    server.script = () => steps;
  };

  beforeEach(async () => {
    server = await startOpenAIServer({ script: () => [] });
  });
  afterEach(() => server.close());

  it("streams text piece by piece, before the answer is complete", async () => {
    answering({ text: "Hello" }, { hold: true }, { text: " there" }, { finish: "stop" });
    const outcome = await runStep(model(), ask("Hi"), {
      onEvent: (event) => {
        if (event.type === "text" && event.text === "Hello") server.release();
      },
    });
    assert.equal(outcome.failure, undefined);
    assert.deepEqual(outcome.events, [
      { type: "text", text: "Hello" },
      { type: "text", text: " there" },
      { type: "end", finish: "stop", usage: { input: 11, output: 7 } },
    ]);
  });

  for (const writeBytes of [1, 3, 7, 64]) {
    for (const lineEnd of ["\n", "\r\n"] as const) {
      it(`reads an answer cut every ${writeBytes} bytes with ${JSON.stringify(lineEnd)} as line ends`, async () => {
        server.writeBytes = writeBytes;
        server.lineEnd = lineEnd;
        answering(
          { comment: "OPENROUTER PROCESSING" },
          { thinking: "Überlegen … 🤔" },
          { empty: true },
          { text: "Grüße, " },
          { text: "" },
          { comment: "" },
          { text: "世界 👩‍👩‍👧" },
          { toolCall: { id: "call_a", name: "repoagent_read", arguments: '{"path":"ü/🗂.ts"}', pieces: 5 } },
          { finish: "tool_calls" },
        );
        const outcome = await runStep(model(), ask("Hi", { tools: [readFile] }));
        assert.equal(outcome.failure, undefined);
        assert.equal(outcome.thinking, "Überlegen … 🤔");
        assert.equal(outcome.text, "Grüße, 世界 👩‍👩‍👧");
        assert.deepEqual(outcome.calls, [{ id: "call_a", name: "repoagent_read", arguments: '{"path":"ü/🗂.ts"}' }]);
        assert.deepEqual(outcome.end, { type: "end", finish: "tool-calls", usage: { input: 11, output: 7 } });
      });
    }
  }

  it("understands thinking under both names that servers use", async () => {
    answering({ thinking: "one, ", as: "reasoning" }, { thinking: "two", as: "reasoning_content" }, { finish: "stop" });
    assert.equal((await runStep(model(), ask("Hi"))).thinking, "one, two");
  });

  it("puts parallel calls together whose pieces come by turns", async () => {
    const calls = [
      { id: "call_1", name: "repoagent_read", arguments: '{"path":"a.ts"}' },
      { id: "call_2", name: "repoagent_read", arguments: '{"path":"some/longer/name.ts"}' },
    ];
    answering({ toolCalls: calls }, { finish: "tool_calls" });
    assert.deepEqual((await runStep(model(), ask("Hi", { tools: [readFile] }))).calls, calls);
  });

  it("hands broken arguments over as the text that the model wrote", async () => {
    for (const broken of ['{"path": "a.ts", ', "not json at all", '{"path": NaN}', "[1,2", '{"a":1}{"a":1}']) {
      answering({ toolCall: { id: "call_1", name: "repoagent_read", arguments: broken } }, { finish: "tool_calls" });
      const outcome = await runStep(model(), ask("Hi", { tools: [readFile] }));
      assert.equal(outcome.failure, undefined);
      assert.deepEqual(outcome.calls, [{ id: "call_1", name: "repoagent_read", arguments: broken }]);
    }
  });

  it("hands over a call of a tool that was never offered", async () => {
    answering({ toolCall: { id: "call_1", name: "nothing_like_it", arguments: "{}" } }, { finish: "tool_calls" });
    const outcome = await runStep(model(), ask("Hi", { tools: [readFile] }));
    assert.deepEqual(outcome.calls, [{ id: "call_1", name: "nothing_like_it", arguments: "{}" }]);
  });

  it("takes calls for what they are when the server says that it just stopped", async () => {
    answering({ toolCall: { id: "call_1", name: "repoagent_read", arguments: "{}" } }, { finish: "stop" });
    assert.equal((await runStep(model(), ask("Hi", { tools: [readFile] }))).end?.finish, "tool-calls");
  });

  it("ends at the length limit without a call that the limit cut in two", async () => {
    answering(
      { text: "So " },
      { toolCall: { id: "call_1", name: "repoagent_read", arguments: '{"path":"a' } },
      { finish: "length" },
    );
    const outcome = await runStep(model(), ask("Hi", { tools: [readFile] }));
    assert.deepEqual(outcome.calls, []);
    assert.equal(outcome.end?.finish, "length");
  });

  it("needs no [DONE] after a finish reason", async () => {
    answering({ text: "ok" }, { finish: "stop", done: false });
    const outcome = await runStep(model(), ask("Hi"));
    assert.equal(outcome.failure, undefined);
    assert.equal(outcome.end?.finish, "stop");
  });

  it("sends one well-formed request with the whole history and the tools", async () => {
    answering({ text: "ok" }, { finish: "stop" });
    const outcome = await runStep(
      model({ baseURL: `${server.baseURL}/chat/completions?api-version=7` }),
      ask("", {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "Read a.ts and b.ts" },
          {
            role: "assistant",
            content: "",
            toolCalls: [
              { id: "c1", name: "repoagent_read", arguments: '{"path":"a.ts"}' },
              { id: "c2", name: "repoagent_read", arguments: '{"path": "b.t' },
              { id: "c3", name: "repoagent_read", arguments: "" },
            ],
          },
          { role: "tool", toolCallId: "c1", content: "one" },
          { role: "tool", toolCallId: "c2", content: "The arguments are not JSON." },
          { role: "tool", toolCallId: "c3", content: "two" },
          { role: "assistant", content: "Done." },
          { role: "user", content: "Thanks" },
        ],
        tools: [readFile],
      }),
    );
    assert.equal(outcome.failure, undefined);
    assert.equal(server.requests.length, 1);
    assert.equal(server.requests[0]?.path, "/v1/chat/completions?api-version=7");
    const call = (id: string, text: string) => ({
      id,
      type: "function",
      function: { name: "repoagent_read", arguments: text },
    });
    assert.deepEqual(server.requests[0]?.body, {
      model: "scripted",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Read a.ts and b.ts" },
        {
          role: "assistant",
          content: null,
          // What is no JSON goes back quoted: servers that render a template parse the arguments again.
          tool_calls: [call("c1", '{"path":"a.ts"}'), call("c2", '"{\\"path\\": \\"b.t"'), call("c3", "{}")],
        },
        { role: "tool", tool_call_id: "c1", content: "one" },
        { role: "tool", tool_call_id: "c2", content: "The arguments are not JSON." },
        { role: "tool", tool_call_id: "c3", content: "two" },
        { role: "assistant", content: "Done." },
        { role: "user", content: "Thanks" },
      ],
      tools: [
        {
          type: "function",
          function: { name: "repoagent_read", description: "Reads a file.", parameters: readFile.input },
        },
      ],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("asks again without stream_options where a server does not know them, and remembers", async () => {
    server.script = (request) =>
      request.stream_options
        ? [{ status: 400, body: { error: { message: "Unrecognized request argument: stream_options" } } }]
        : [{ text: "ok" }, { finish: "stop" }];
    const port = model();
    const first = await runStep(port, ask("Hi"));
    assert.equal(first.text, "ok");
    assert.deepEqual(first.end, { type: "end", finish: "stop" });
    await runStep(port, ask("Hi"));
    assert.equal(server.requests.length, 3);
  });

  it("stops at once when its signal is aborted, and closes the connection", async () => {
    answering({ text: "Hello" }, { hold: true }, { finish: "stop" });
    const abort = new AbortController();
    const outcome = await runStep(model(), ask("Hi"), { signal: abort.signal, onEvent: () => abort.abort() });
    assert.equal(outcome.failure?.kind, "cancelled");
    assert.equal(outcome.text, "Hello");
    await abandoned(server);
  });

  it("stops while the server has not answered at all", async () => {
    const abort = new AbortController();
    server.script = () => {
      abort.abort();
      return [{ hold: true }];
    };
    const outcome = await runStep(model(), ask("Hi"), { signal: abort.signal });
    assert.equal(outcome.failure?.kind, "cancelled");
    await abandoned(server);
  });

  it("does not ask when the signal was aborted before", async () => {
    const outcome = await runStep(model(), ask("Hi"), { signal: AbortSignal.abort() });
    assert.equal(outcome.failure?.kind, "cancelled");
    assert.equal(server.requests.length, 0);
  });

  it("stops waiting for a key when the signal is aborted", async () => {
    const abort = new AbortController();
    const port = createOpenAICompatible({
      id: "m",
      label: "Scripted",
      baseURL: server.baseURL,
      model: "scripted",
      apiKey: () => {
        abort.abort();
        return new Promise(() => {});
      },
    });
    assert.equal((await runStep(port, ask("Hi"), { signal: abort.signal })).failure?.kind, "cancelled");
  });

  it("closes the connection when the caller stops reading", async () => {
    answering({ text: "Hello" }, { hold: true }, { finish: "stop" });
    for await (const event of model().stream(ask("Hi"), new AbortController().signal)) {
      assert.equal(event.type, "text");
      break;
    }
    await abandoned(server);
  });
});

async function abandoned(server: OpenAIServer): Promise<void> {
  await until("the server sees the connection closed", () => server.requests[0]?.abandoned);
}
