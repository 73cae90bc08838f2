import assert from "node:assert/strict";
import * as vscode from "vscode";
import { createLanguageModel, languageModelId, parseLanguageModelId } from "../../../src/vscode/languageModels.ts";
import { ask, runStep } from "../../support/modelSteps.ts";
import { until } from "../../support/until.ts";

interface Seen {
  model: string;
  messages: unknown[];
  tools: { name: string; description: string; inputSchema: unknown }[];
  cancelled: boolean;
}

const adder = { name: "calculator_add", description: "Adds.", input: { type: "object", properties: {} } };

/** VS Code 1.117 tells a provider nothing of a cancellation once its answer has begun; 1.139 does. */
const cancelReachesProvider = Number(vscode.version.split(".")[1]) >= 139;

describe("a language model of VS Code", () => {
  let model: vscode.LanguageModelChat;
  let requests: Seen[];
  const last = () => requests.at(-1) as Seen;

  before(async () => {
    const [found] = await vscode.lm.selectChatModels({ vendor: "parley-tests", id: "scripted" });
    assert.ok(found, "the provider offers its model");
    model = found;
    const extension = vscode.extensions.getExtension<{ requests: Seen[] }>("parley-tests.parley-test-models");
    requests = (await extension?.activate())?.requests ?? assert.fail("the provider is no extension");
  });

  it("streams its text", async () => {
    const outcome = await runStep(createLanguageModel(model), ask("Hello there, model"));
    assert.equal(outcome.failure, undefined);
    assert.equal(outcome.text, "You said: Hello there, model");
    assert.ok(outcome.events.filter((event) => event.type === "text").length > 1);
    assert.deepEqual(outcome.end, { type: "end", finish: "stop" });
  });

  it("calls tools, and gets the whole history in VS Code's shape", async () => {
    const port = createLanguageModel(model);
    const said = 'call add {"a":5,"b":3}\ncall nothing_like_it {}';
    const first = await runStep(port, ask(said, { tools: [adder] }));
    assert.deepEqual(first.calls, [
      { id: "call-0", name: "calculator_add", arguments: '{"a":5,"b":3}' },
      { id: "call-1", name: "nothing_like_it", arguments: "{}" },
    ]);
    assert.equal(first.end?.finish, "tool-calls");
    assert.deepEqual(last().tools, [{ name: adder.name, description: adder.description, inputSchema: adder.input }]);

    const second = await runStep(
      port,
      ask("", {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: said },
          { role: "assistant", content: "", toolCalls: [...first.calls, { id: "x", name: "y", arguments: '{"a":' }] },
          { role: "tool", toolCallId: "call-0", content: "8" },
          { role: "tool", toolCallId: "call-1", content: "There is no such tool." },
          { role: "tool", toolCallId: "x", content: "Not JSON." },
        ],
        tools: [adder],
      }),
    );
    assert.equal(second.text, "The tools answered: 8 | There is no such tool. | Not JSON.");
    assert.deepEqual(last().messages, [
      { role: "user", content: ["Be brief."] },
      { role: "user", content: [said] },
      {
        role: "assistant",
        content: [
          { call: "call-0", name: "calculator_add", input: { a: 5, b: 3 } },
          { call: "call-1", name: "nothing_like_it", input: {} },
          { call: "x", name: "y", input: { unreadable: '{"a":' } },
        ],
      },
      {
        role: "user",
        content: [
          { result: "call-0", content: ["8"] },
          { result: "call-1", content: ["There is no such tool."] },
          { result: "x", content: ["Not JSON."] },
        ],
      },
    ]);
  });

  for (const word of ["hang", "deaf"]) {
    it(`ends with "cancelled" when the signal is aborted while the provider is at "${word}"`, async () => {
      const abort = new AbortController();
      const outcome = await runStep(createLanguageModel(model), ask(word), {
        signal: abort.signal,
        onEvent: () => abort.abort(),
      });
      assert.equal(outcome.text, "Well");
      assert.equal(outcome.failure?.kind, "cancelled");
      await until("VS Code has passed the cancellation on", () => last().cancelled === cancelReachesProvider);
    });
  }

  it("is cancelled when the caller stops reading", async () => {
    for await (const event of createLanguageModel(model).stream(ask("hang"), new AbortController().signal)) {
      assert.equal(event.type, "text");
      break;
    }
    await until("VS Code has passed the cancellation on", () => last().cancelled === cancelReachesProvider);
  });

  it("is not asked when the signal was aborted before", async () => {
    const outcome = await runStep(createLanguageModel(model), ask("Hello"), { signal: AbortSignal.abort() });
    assert.equal(outcome.failure?.kind, "cancelled");
    assert.equal(outcome.text, "");
  });

  it("says what its provider failed with", async () => {
    const outcome = await runStep(createLanguageModel(model), ask("fail the disk is on fire"));
    assert.equal(outcome.failure?.kind, "unavailable");
    assert.equal(outcome.failure.message, "Scripted failed. It says: the disk is on fire");
    const busy = await runStep(createLanguageModel(model), ask("fail 429 Too Many Requests"));
    assert.equal(busy.failure?.kind, "overloaded");
  });

  for (const [code, kind] of [
    ["NoPermissions", "denied"],
    ["Blocked", "denied"],
    ["NotFound", "notFound"],
  ] as const) {
    it(`understands VS Code's refusal ${code}`, async () => {
      const { failure } = await runStep(createLanguageModel(model), ask(`refuse ${code}`));
      assert.equal(failure?.kind, kind);
      assert.match(failure.message, /Scripted.*the scripted reason/);
      assert.ok(failure.todo);
    });
  }

  it("tells how large its context window is", () => {
    assert.equal(createLanguageModel(model).contextWindow, 100_000);
  });

  it("is chosen by vendor and id, even with a slash in the id", () => {
    const id = languageModelId({ vendor: "parley-tests", id: "small/1" });
    assert.equal(id, "vscode:parley-tests/small/1");
    assert.deepEqual(parseLanguageModelId(id), { vendor: "parley-tests", id: "small/1" });
    for (const other of ["guide", "endpoint:a", "vscode:", "vscode:a", "vscode:/b"]) {
      assert.equal(parseLanguageModelId(other), undefined);
    }
  });
});
