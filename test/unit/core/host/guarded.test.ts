import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { deferred } from "../../../../src/base/deferred.ts";
import { Failure } from "../../../../src/base/failure.ts";
import type { ModelEvent } from "../../../../src/core/ports.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Send = (method: string, params: Record<string, unknown>) => Promise<unknown>;
const end: ModelEvent = { type: "end", finish: "stop" };
const want = (verb: string, target: string) => ({ verb, target, why: "for the test" });
const denied = (error: unknown) => error instanceof Failure && error.kind === "denied";
const write: ModelEvent = { type: "toolCall", id: "1", name: "writer_write", arguments: "{}" };

/** A plugin that writes, and counts how often it did. */
function writer() {
  const box = { written: 0 };
  const plugin: ScriptedPlugin = {
    manifest: {
      offers: [
        { name: "write", description: "Writes.", action: "write", facets: { agent: true }, output: { type: "object" } },
      ],
    },
    onRequest(method) {
      if (method === "call") box.written += 1;
      return {};
    },
  };
  return { plugin, box };
}

/** A plugin that hands over its way of sending. */
function speaker(wants: unknown[]) {
  const box: { send?: Send } = {};
  const plugin: ScriptedPlugin = {
    manifest: { offers: [{ name: "go", description: "Goes.", action: "read" }], wants },
    onRequest(_method, _params, { send }) {
      box.send = send;
      return {};
    },
  };
  return { plugin, box };
}

function gate(
  point: string,
  answer: (params: Record<string, unknown>) => unknown,
  wants: unknown[] = [],
): ScriptedPlugin {
  return {
    manifest: { wants: [want("intercept", point), ...wants], intercepts: [{ point }, { point, phase: "after" }] },
    initialize: {
      intercepts: [
        { point, phase: "before", handle: "b" },
        { point, phase: "after", handle: "a" },
      ],
    },
    onRequest: (method, params) => (method === "intercept" ? answer(params) : {}),
  };
}

type Scripted = Awaited<ReturnType<typeof scriptedHost>>;
const card = (conversation: { items(): { kind: string; id: string }[] }) =>
  until("the card", () => conversation.items().find(({ kind }) => kind === "approval"));
const idle = ({ host }: Scripted, id: string) => until("the turn ended", () => host.agent.state(id) === "idle");

describe("what may not be got around", () => {
  it("a button does no more than its plugin may do", async () => {
    const { plugin, box } = speaker([want("message", "conversation/notify")]);
    const target = writer();
    const { host } = await scriptedHost({ plugins: { speaker: plugin, writer: target.plugin } });
    await host.calls.call({ caller: "person", to: { plugin: "speaker" }, name: "go", args: {} });
    const call = { to: { plugin: "writer" }, name: "write", args: {} };
    await box.send?.("conversation/addMessage", {
      role: "assistant",
      content: "Hi",
      intent: "notify",
      actions: [{ title: "Dismiss", call }],
    });
    const conversation = await host.conversations.visible();
    const message = conversation.items().find(({ kind }) => kind === "message");
    assert.deepEqual(message?.kind === "message" && message.actions, [{ title: "Dismiss", target: "writer/write" }]);
    await assert.rejects(host.calls.call({ caller: "person", onBehalf: "plugin:speaker", ...call }), denied);
    assert.equal(target.box.written, 0);
    await host.stop();
  });

  it("what the rules have come to refuse while a card is open is not done: the card goes with a word that says why", async () => {
    const target = writer();
    const scripted = await scriptedHost({
      plugins: { writer: target.plugin },
      model: (_request, step) => (step === 1 ? [write, end] : [end]),
    });
    const conversation = await scripted.host.conversations.visible();
    await scripted.host.agent.say(conversation.id, "write", "send");
    const open = await card(conversation);
    scripted.host.rules.setMode("ask");
    await assert.rejects(scripted.host.approvals.answer(open.id, "once"), /This request is over/);
    await idle(scripted, conversation.id);
    assert.equal(target.box.written, 0);
    assert.match(conversation.calls()[0]?.error ?? "", /may not call writer\/write/);
    const left = conversation.items();
    assert.ok(!left.some(({ kind }) => kind === "approval"));
    const notices = left.flatMap((item) => (item.kind === "notice" ? item.text : []));
    assert.match(
      notices.join(),
      /^The question about “write” \(writer\) is withdrawn: .*the rule "builtin:mode-ask:write"/,
    );
    await scripted.host.stop();
  });

  it("an answer counts though the disk is full", async () => {
    const target = writer();
    const scripted = await scriptedHost({
      plugins: { writer: target.plugin },
      model: (_request, step) => (step === 1 ? [write, end] : [end]),
    });
    const { store } = scripted;
    const conversation = await scripted.host.conversations.visible();
    await scripted.host.agent.say(conversation.id, "write", "send");
    const open = await card(conversation);
    const saveRule = store.saveRule.bind(store);
    store.saveRule = async () => {
      throw new Failure("unavailable", "The disk is full.");
    };
    await scripted.host.approvals.answer(open.id, "always");
    store.saveRule = saveRule;
    await idle(scripted, conversation.id);
    assert.equal(target.box.written, 1);
    await scripted.host.stop();
  });

  it("a gate that wants the person asked is heard, with or without a reason", async () => {
    const target = writer();
    const scripted = await scriptedHost({
      plugins: {
        writer: target.plugin,
        gate: gate("tool", (params) => ({ decision: params.phase === "before" ? "ask" : "allow", reason: "" })),
      },
      model: (_request, step) => (step === 1 ? [write, end] : [end]),
    });
    const { host } = scripted;
    await host.rules.addPersonRule({ who: "agent", verb: "call", target: "writer/write", effect: "allow" });
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "write", "send");
    const open = await card(conversation);
    assert.equal(target.box.written, 0);
    await host.approvals.answer(open.id, "deny");
    await idle(scripted, conversation.id);
    await host.stop();
  });

  it("what a gate makes of a result must fit the offer's schema too, or the result stands", async () => {
    const target = writer();
    const scripted = await scriptedHost({
      plugins: {
        writer: target.plugin,
        gate: gate("tool", (params) =>
          params.phase === "after"
            ? { decision: "allow", updated: { result: "not an object" } }
            : { decision: "allow" },
        ),
      },
      model: (_request, step) => (step === 1 ? [write, end] : [end]),
    });
    await scripted.host.rules.addPersonRule({ who: "agent", verb: "call", target: "writer/write", effect: "allow" });
    const conversation = await scripted.host.conversations.visible();
    await scripted.host.agent.say(conversation.id, "write", "send");
    await idle(scripted, conversation.id);
    const [call] = conversation.calls();
    assert.deepEqual([call?.status, typeof call?.result], ["succeeded", "object"]);
    await scripted.host.stop();
  });

  it("rights are those in the conversation that is meant, however it is named", async () => {
    const { plugin, box } = speaker([want("message", "conversation/notify")]);
    const { host } = await scriptedHost({ plugins: { speaker: plugin } });
    await host.calls.call({ caller: "person", to: { plugin: "speaker" }, name: "go", args: {} });
    const conversation = await host.conversations.visible();
    await host.rules.addPersonRule({
      who: "plugin:speaker",
      verb: "message",
      target: "*",
      effect: "deny",
      scope: { conversation: conversation.id },
    });
    const message = { role: "assistant", content: "Hi", intent: "notify" };
    await assert.rejects(
      async () => box.send?.("conversation/addMessage", { ...message, conversation: conversation.id }),
      denied,
    );
    await assert.rejects(
      async () => box.send?.("conversation/addMessage", { ...message, _meta: { conversation: conversation.id } }),
      denied,
    );
    await host.stop();
  });

  it("the guide is the bundled one, whoever else provides the capability", async () => {
    const chat = (name: string): ScriptedPlugin => ({
      manifest: { offers: [{ name: "chat", description: "Chats.", action: "read", facets: { provides: "llm.chat" } }] },
      onRequest: (method) =>
        method === "call" ? { text: name, toolCalls: [], finish: "stop", model: name, kind: "rules" } : {},
    });
    const { host } = await scriptedHost({ plugins: { aaa: chat("aaa"), llmserver: chat("llmserver") }, guided: true });
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "hi", "send");
    await until("it answered", () => host.agent.state(conversation.id) === "idle" && conversation.items().length === 2);
    const [, answer] = conversation.items();
    assert.equal(answer?.kind === "message" && answer.content, "llmserver");
    await host.stop();
  });
});

describe("what an intercept does to words", () => {
  it("changes the person's only with a mark, another plugin's never, and adds none without the right to", async () => {
    const { plugin, box } = speaker([want("message", "conversation/context")]);
    const shout = gate("message", ({ subject, phase }) =>
      phase === "before"
        ? { decision: "allow", updated: { content: `${(subject as { content: string }).content}!` }, context: "psst" }
        : { decision: "allow" },
    );
    const scripted = await scriptedHost({
      plugins: { speaker: plugin, shout },
      model: () => [{ type: "text", text: "ok" }, end],
    });
    const { host, requests } = scripted;
    await host.calls.call({ caller: "person", to: { plugin: "speaker" }, name: "go", args: {} });
    await box.send?.("conversation/addMessage", { role: "assistant", content: "mine", intent: "context" });
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "delete nothing", "send");
    await idle(scripted, conversation.id);
    const messages = conversation.items().flatMap((item) => (item.kind === "message" ? [item] : []));
    assert.deepEqual(
      messages.map(({ content, editedBy }) => [content, editedBy]),
      [
        ["mine", undefined],
        ["delete nothing!", "shout"],
        ["ok", undefined],
      ],
    );
    const heard = requests[0]?.messages.map(({ content }) => content).join("\n") ?? "";
    assert.match(heard, /delete nothing!\n\n\[Before you saw this, it was changed by: shout\]/);
    assert.equal(heard.includes("psst"), false);
    await host.stop();
  });
});

describe("what is said while a turn begins or ends", () => {
  it("is always answered: in that turn, or in one of its own", async () => {
    const slow = deferred<void>();
    const slowGate = gate("message", async ({ subject }) => {
      if ((subject as { content: string }).content === "second") await slow.promise;
      return { decision: "allow" };
    });
    const scripted = await scriptedHost({ plugins: { slowGate }, model: () => [{ type: "text", text: "ok" }, end] });
    const { host, requests } = scripted;
    const conversation = await host.conversations.visible();
    const second = host.agent.say(conversation.id, "second", "queue");
    await host.agent.say(conversation.id, "first", "send");
    await idle(scripted, conversation.id);
    slow.resolve();
    await second;
    await until("it was answered", () => requests.length === 2 && host.agent.state(conversation.id) === "idle");
    assert.equal(
      conversation.items().some((item) => item.kind === "message" && item.queued),
      false,
    );
    await Promise.all(["a", "b", "c", "d"].map((text) => host.agent.say(conversation.id, text, "send")));
    await until(
      "all were answered",
      () =>
        host.agent.state(conversation.id) === "idle" &&
        requests.at(-1)?.messages.filter(({ role }) => role === "user").length === 6,
    );
    await host.stop();
  });

  it("is said once for one dedupeKey, though it comes twice at once", async () => {
    const { plugin, box } = speaker([want("message", "conversation/notify")]);
    const { host } = await scriptedHost({ plugins: { speaker: plugin } });
    await host.calls.call({ caller: "person", to: { plugin: "speaker" }, name: "go", args: {} });
    const say = () =>
      box.send?.("conversation/addMessage", {
        role: "assistant",
        content: "Hi",
        intent: "notify",
        dedupeKey: "k",
      }) as Promise<{ messageId: string }>;
    const [one, other] = await Promise.all([say(), say()]);
    assert.equal(one.messageId, other.messageId);
    assert.equal((await host.conversations.visible()).items().length, 1);
    await host.stop();
  });

  it("stops at once while it waits to try again", async () => {
    const scripted = await scriptedHost({
      // biome-ignore lint/correctness/useYield: it fails before it says anything.
      model: function* () {
        throw new Failure("overloaded", "Busy.", { details: { retryAfterMs: 29_000 } });
      },
    });
    const conversation = await scripted.host.conversations.visible();
    await scripted.host.agent.say(conversation.id, "hi", "send");
    await until("it waits", () => conversation.items().some(({ kind }) => kind === "notice"));
    await scripted.host.agent.stop(conversation.id);
    assert.equal(scripted.host.agent.state(conversation.id), "idle");
    await scripted.host.stop();
  });

  it("gathers no listeners of calls that are over", async () => {
    const { plugin } = speaker([]);
    const { host } = await scriptedHost({ plugins: { speaker: plugin } });
    const controller = new AbortController();
    let listening = 0;
    const add = controller.signal.addEventListener.bind(controller.signal);
    const remove = controller.signal.removeEventListener.bind(controller.signal);
    let heard = 0;
    controller.signal.addEventListener = (type: string, listener: never) => {
      heard += 1;
      listening += 1;
      add(type, listener);
    };
    controller.signal.removeEventListener = (type: string, listener: never) => {
      listening -= 1;
      remove(type, listener);
    };
    for (let count = 0; count < 5; count++)
      await host.calls.call({
        caller: "person",
        to: { plugin: "speaker" },
        name: "go",
        args: {},
        signal: controller.signal,
      });
    assert.deepEqual([heard, listening], [5, 0]);
    await host.stop();
  });
});
