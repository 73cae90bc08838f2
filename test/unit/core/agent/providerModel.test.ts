import assert from "node:assert/strict";
import { deferred } from "../../../../src/base/deferred.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { providerModel } from "../../../../src/core/agent/providerModel.ts";
import { ask, runStep } from "../../../support/modelSteps.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";

const offer = { plugin: "llm", name: "chat" };

type Tools = Parameters<NonNullable<ScriptedPlugin["onRequest"]>>[2];
const answer = (more: object = {}) => ({
  text: "Hello.",
  toolCalls: [],
  finish: "stop",
  model: "m",
  kind: "rules",
  ...more,
});

describe("a model that a plugin provides", () => {
  const start = async (onCall: (params: Record<string, unknown>, tools: Tools) => unknown) => {
    const offers = [
      {
        ...{ name: "chat", description: "Chats.", action: "read", timeout: 600_000, streaming: true },
        facets: { provides: "llm.chat" },
      },
    ];
    const { host } = await scriptedHost({
      plugins: {
        llm: {
          manifest: { offers },
          onRequest: (method, params, tools) => (method === "call" ? onCall(params, tools) : {}),
        },
      },
    });
    return { host, model: providerModel(() => host.calls, { id: "guide", label: "Guide", kind: "rules" }, offer) };
  };

  it("is asked with messages and tools, streams pieces in order, and gives only the rest at the end", async () => {
    let asked: Record<string, unknown> = {};
    const { host, model } = await start(async (params, { progress }) => {
      asked = params;
      progress({ partial: { thinking: "Hm." } });
      progress({ partial: { text: "Hel" } });
      await new Promise((resolve) => setImmediate(resolve));
      progress({ partial: { text: "lo" } });
      progress({ message: "no piece at all" });
      progress({ partial: "nonsense" });
      return answer({ usage: { input: 1, output: 2 } });
    });
    const outcome = await runStep(model, ask("hi"));
    assert.equal(outcome.failure, undefined);
    assert.deepEqual(outcome.events, [
      { type: "thinking", text: "Hm." },
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
      { type: "text", text: "." },
      { type: "end", finish: "stop", usage: { input: 1, output: 2 } },
    ]);
    assert.deepEqual(asked.args, { messages: [{ role: "user", content: "hi" }], tools: [] });
    await host.stop();
  });

  it("gives everything at the end when it does not stream, tool calls with their text unchecked", async () => {
    const toolCalls = [{ id: "1", name: "t", arguments: "{broken" }];
    const { host, model } = await start(() => answer({ toolCalls, finish: "tool-calls" }));
    const outcome = await runStep(model, ask("hi"));
    assert.equal(outcome.text, "Hello.");
    assert.deepEqual(outcome.calls, toolCalls);
    assert.equal(outcome.end?.finish, "tool-calls");
    await host.stop();
  });

  it("keeps what was streamed when its last word is another", async () => {
    const { host, model } = await start((_params, { progress }) => {
      progress({ partial: { text: "Something else" } });
      return answer();
    });
    assert.equal((await runStep(model, ask("hi"))).text, "Something else");
    await host.stop();
  });

  it("leaves no row and no event in the conversation: it is the model's own step", async () => {
    const { host, model } = await start(() => answer());
    const conversation = await host.conversations.visible();
    await runStep(model, ask("hi", { conversation: conversation.id }));
    assert.deepEqual(conversation.calls(), []);
    assert.ok(!host.activity.entries().some(({ type }) => type.startsWith("call.")));
    await host.stop();
  });

  for (const [what, wrong] of Object.entries({
    nothing: null,
    "a text": "Hello.",
    "no tool calls": { text: "Hello." },
    "a tool call without a name": answer({ toolCalls: [{ id: "1", arguments: "{}" }] }),
    "an unknown finish": answer({ finish: "whenever" }),
  })) {
    it(`that answers with ${what} is unavailable, and says whose fault it is`, async () => {
      const { host, model } = await start(() => wrong);
      const { failure, events } = await runStep(model, ask("hi"));
      assert.equal(failure?.kind, "unavailable");
      assert.match(failure?.message ?? "", /provides llm\.chat answered with something that does not fit/);
      assert.match(failure?.todo ?? "", /another model/);
      assert.deepEqual(events, []);
      await host.stop();
    });
  }

  it("is cancelled by the signal, with what was streamed before, though the plugin ignores it", async () => {
    const streamed = deferred<void>();
    let signalled: AbortSignal | undefined;
    const { host, model } = await start((_params, { progress, signal }) => {
      signalled = signal;
      progress({ partial: { text: "Once upon" } });
      return new Promise(() => {});
    });
    const controller = new AbortController();
    const step = runStep(model, ask("hi"), { signal: controller.signal, onEvent: () => streamed.resolve() });
    await streamed.promise;
    controller.abort(new Failure("cancelled", "You stopped it."));
    const outcome = await step;
    assert.equal(outcome.text, "Once upon");
    assert.equal(outcome.failure?.kind, "cancelled");
    assert.equal(signalled?.aborted, true);
    assert.deepEqual(host.calls.active(), []);
    await host.stop();
  });

  it("passes on why it cannot: its own failure, and that the plugin is not there", async () => {
    const { host, model } = await start(() => {
      throw new Failure("overloaded", "Too much to do.", { details: { retryAfterMs: 5 } });
    });
    const { failure } = await runStep(model, ask("hi"));
    assert.equal(failure?.kind, "overloaded");
    assert.equal(failure?.details?.retryAfterMs, 5);
    await host.stop();
    const { host: empty } = await scriptedHost({});
    const none = providerModel(() => empty.calls, { id: "guide", label: "Guide", kind: "rules" }, offer);
    await assert.rejects(async () => {
      const { failure: missing } = await runStep(none, ask("hi"));
      throw missing;
    }, /There is no plugin "llm"/);
    await empty.stop();
  });
});
