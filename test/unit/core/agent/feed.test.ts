import assert from "node:assert/strict";
import { deferred } from "../../../../src/base/deferred.ts";
import type { ModelEvent } from "../../../../src/core/ports.ts";
import { toWebview } from "../../../../src/protocol/webview.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";
import { openPanel } from "./feedRig.ts";

const end: ModelEvent = { type: "end", finish: "stop", usage: { input: 5, output: 7 } };
const text = (value: string): ModelEvent => ({ type: "text", text: value });
const use = (name: string, args: object = {}): ModelEvent => ({
  type: "toolCall",
  id: "1",
  name,
  arguments: JSON.stringify(args),
});
const offer = (name: string, more: object = {}) => ({
  name,
  description: "An offer.",
  action: "read",
  facets: { agent: true },
  ...more,
});
const tool: ScriptedPlugin = {
  manifest: { offers: [offer("look"), offer("change", { action: "write" }), offer("big")] },
  onRequest: (method, params) => {
    if (method !== "call") return {};
    return params.name === "big" ? { text: "y".repeat(20_000) } : { seen: params.args };
  },
};
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe("what a panel sees", () => {
  type Options = Parameters<typeof scriptedHost>[0];
  const start = async (options: Options = {}, window: Parameters<typeof openPanel>[1] = {}) => {
    const scripted = await scriptedHost({ plugins: { tool }, ...options });
    const panel = openPanel(scripted, window);
    const { host } = scripted;
    const say = async (words: string) => {
      const conversation = await host.conversations.visible();
      await panel.feed.handle({ type: "send", conversation: conversation.id, text: words, how: "send" });
      return conversation;
    };
    const idle = (id: string) => until("the turn ended", () => host.agent.state(id) === "idle");
    return { ...scripted, panel, say, idle };
  };

  it("is the conversation, whether it was there from the start or came at the end", async () => {
    const { host, panel, say, idle } = await start({
      model: (_request, step) =>
        step === 1
          ? [{ type: "thinking", text: "Hm. " }, text("Loo"), text("king."), use("tool_look", { at: "x" }), end]
          : [text("Seen."), end],
    });
    await panel.feed.handle({ type: "ready" });
    const conversation = await say("look at x");
    await idle(conversation.id);
    panel.clock.advance(100);
    assert.deepEqual(plain(panel.shown().items), plain(conversation.items()));
    assert.equal(panel.shown().title, "look at x");
    const late = openPanel({ host } as never);
    await late.feed.handle({ type: "ready" });
    assert.deepEqual(plain(late.shown().items), plain(panel.shown().items));
    for (const message of [...panel.messages, ...late.messages])
      if (message.type !== "state" && message.type !== "snapshot") toWebview.parse(message);
    await host.stop();
  });

  it("misses and repeats nothing of a text that streams while the snapshot is made", async () => {
    const gates = [deferred<void>(), deferred<void>(), deferred<void>()];
    const { host, panel, say, idle } = await start({
      model: async function* () {
        yield text("one ");
        await gates[0]?.promise;
        yield text("two ");
        await gates[1]?.promise;
        yield text("three ");
        await gates[2]?.promise;
        yield text("four");
        yield end;
      },
    });
    await panel.feed.handle({ type: "ready" });
    const conversation = await say("go");
    const said = () => conversation.items().map((item) => (item.kind === "message" ? item.content : ""));
    await until("the first piece", () => said().includes("one "));
    const held = deferred<void>();
    panel.hold = held.promise;
    const ready = panel.feed.handle({ type: "ready" });
    gates[0]?.resolve();
    await until("the second piece", () => said().includes("one two "));
    panel.clock.advance(8);
    gates[1]?.resolve();
    await until("the third piece", () => said().includes("one two three "));
    held.resolve();
    await ready;
    assert.equal(panel.of("snapshot").length, 2);
    assert.deepEqual(plain(panel.shown().items), plain(conversation.items()), "the snapshot has all three");
    panel.clock.advance(100);
    assert.deepEqual(plain(panel.shown().items), plain(conversation.items()), "and nothing comes a second time");
    gates[2]?.resolve();
    await idle(conversation.id);
    panel.clock.advance(100);
    assert.deepEqual(plain(panel.shown().items), plain(conversation.items()));
    assert.ok(panel.shown().items.some((item) => item.kind === "message" && item.content === "one two three four"));
    await host.stop();
  });

  it("gathers pieces for a frame, and tells text from thinking", async () => {
    const gate = deferred<void>();
    const { host, panel, say, idle } = await start({
      model: async function* () {
        yield { type: "thinking", text: "a" } as ModelEvent;
        yield { type: "thinking", text: "b" } as ModelEvent;
        for (let count = 0; count < 100; count++) yield text("x");
        await gate.promise;
        yield end;
      },
    });
    await panel.feed.handle({ type: "ready" });
    const conversation = await say("go");
    await until("all pieces", () =>
      conversation.items().some((item) => item.kind === "message" && item.content.length === 100),
    );
    assert.deepEqual(
      panel.of("text").map(({ text: piece, thinking }) => [piece, thinking]),
      [["ab", true]],
    );
    panel.clock.advance(16);
    assert.deepEqual(panel.of("text")[1]?.text, "x".repeat(100));
    gate.resolve();
    await idle(conversation.id);
    await host.stop();
  });

  it("is one conversation: that of another is not shown, and the last one asked for wins", async () => {
    const { host, panel, say, idle } = await start({ model: () => [text("Hello."), end] });
    await panel.feed.handle({ type: "ready" });
    const first = await say("first");
    await idle(first.id);
    await panel.feed.handle({ type: "newConversation" });
    const second = await host.conversations.visible();
    assert.notEqual(second.id, first.id);
    assert.deepEqual(panel.shown(), { id: second.id, title: "", items: [] });
    const count = panel.messages.length;
    await first.addNotice({ level: "info", text: "Elsewhere." });
    assert.equal(panel.messages.length, count);
    const held = deferred<void>();
    panel.hold = held.promise;
    const opening = panel.feed.handle({ type: "openConversation", id: first.id });
    await until("the state is asked for", () => panel.hold === undefined);
    await panel.feed.handle({ type: "openConversation", id: second.id });
    const snapshots = panel.of("snapshot").length;
    held.resolve();
    await opening;
    assert.equal(panel.shown().id, second.id);
    assert.equal(panel.of("snapshot").length, snapshots, "one that comes late is not for this panel any more");
    assert.deepEqual(second.items(), [], "and is no failure");
    await host.stop();
  });

  it("says in the conversation why what the person did has failed, and outside where there is none", async () => {
    const { host, panel } = await start({}, { openFile: () => Promise.reject(new Error("secret")) });
    await panel.feed.handle({ type: "approve", id: "gone", choice: "once" } as never);
    const todo = "It was answered already, or its call was stopped.";
    assert.deepEqual(panel.asked, [["failed", "This request is over.", todo]]);
    await panel.feed.handle({ type: "ready" });
    await panel.feed.handle({ type: "approve", id: "gone", choice: "once" } as never);
    await panel.feed.handle({ type: "openConversation", id: "nowhere" });
    await panel.feed.handle({ type: "openFile", path: "a.ts" });
    const notices = panel
      .shown()
      .items.flatMap((item) => (item.kind === "notice" ? [[item.level, item.text, item.todo]] : []));
    assert.deepEqual(notices[0], [
      "error",
      "This request is over.",
      "It was answered already, or its call was stopped.",
    ]);
    assert.match(String(notices[1]?.[1]), /no conversation nowhere/);
    assert.equal(notices.length, 3);
    assert.doesNotMatch(String(notices[2]?.[1]), /secret/, "the text of a thrown error is not for the conversation");
    await host.stop();
  });

  it("asks the window for what only the window can do", async () => {
    const { host, panel } = await start();
    await panel.feed.handle({ type: "ready" });
    await panel.feed.handle({ type: "openFile", path: "a.ts", line: 3 });
    await panel.feed.handle({ type: "insert", text: "code" });
    await panel.feed.handle({ type: "pickModel" });
    await panel.feed.handle({ type: "setMode", mode: "ask" });
    await panel.feed.handle({ type: "command", id: "parley.showLog" });
    assert.deepEqual(panel.asked, [
      ["openFile", "a.ts", 3],
      ["insert", "code"],
      ["pickModel"],
      ["setMode", "ask"],
      ["command", "parley.showLog"],
    ]);
    panel.feed.show("history");
    panel.feed.compose("a draft");
    panel.feed.activity([]);
    assert.deepEqual(
      panel.messages.slice(-3).map(({ type }) => type),
      ["show", "compose", "activity"],
    );
    await host.stop();
  });

  it("lists, finds, renames and deletes conversations, and shows another when the shown one is gone", async () => {
    const { host, panel, say, idle } = await start({ model: () => [text("Hello."), end] });
    await panel.feed.handle({ type: "ready" });
    const first = await say("about apples");
    await idle(first.id);
    await panel.feed.handle({ type: "newConversation" });
    const second = await say("about pears");
    await idle(second.id);
    await panel.feed.handle({ type: "history", query: "apples" });
    assert.deepEqual(
      panel
        .of("history")
        .at(-1)
        ?.conversations.map(({ id, title, running, needsYou }) => ({ id, title, running, needsYou })),
      [{ id: first.id, title: "about apples", running: false, needsYou: false }],
    );
    await panel.feed.handle({ type: "renameConversation", id: second.id, title: "Quinces" });
    assert.equal(panel.shown().title, "Quinces");
    assert.ok(
      panel
        .of("history")
        .at(-1)
        ?.conversations.some(({ title }) => title === "Quinces"),
    );
    await panel.feed.handle({ type: "deleteConversation", id: second.id });
    assert.notEqual(panel.shown().id, second.id);
    assert.ok(
      !panel
        .of("history")
        .at(-1)
        ?.conversations.some(({ id }) => id === second.id),
    );
    await panel.feed.handle({ type: "deleteConversation", id: first.id });
    assert.deepEqual(panel.of("history").at(-1)?.conversations, []);
    await host.stop();
  });

  it("says by the window that a plugin keeps a conversation, in which all works on", async () => {
    const gate: ScriptedPlugin = {
      manifest: { wants: [{ verb: "intercept", target: "*", why: "For the test." }], activation: ["onStartup"] },
      initialize: { intercepts: [{ point: "conversation", phase: "before" }] },
      onRequest: (method) => (method === "intercept" ? { decision: "deny", reason: "It is evidence." } : {}),
    };
    const going = deferred<void>();
    const { host, panel, say, idle } = await start({
      plugins: { tool, gate },
      model: async function* () {
        yield text("one ");
        await going.promise;
        yield text("two");
        yield end;
      },
    });
    await until("the gate runs", () => host.supervisor.running("gate") !== undefined);
    await panel.feed.handle({ type: "ready" });
    const { id } = await say("about apples");
    await until("it works", () => host.agent.state(id) === "running");
    await panel.feed.handle({ type: "deleteConversation", id });
    await panel.feed.handle({ type: "renameConversation", id, title: "Pears" });
    const said = panel.asked.map(([what, message]) => [what, String(message)]);
    assert.equal(said.length, 2);
    for (const [what, message] of said) {
      assert.equal(what, "failed");
      assert.match(String(message), /blocked by gate: It is evidence\./);
    }
    assert.equal(host.agent.state(id), "running", "what is not deleted goes on");
    going.resolve();
    await idle(id);
    assert.deepEqual(
      panel.shown().items.map((item) => (item.kind === "message" ? item.content : item.kind)),
      ["about apples", "one two"],
    );
    await host.stop();
  });

  it("has the beginning of a large result, and the whole when it asks for it", async () => {
    const { host, panel, say, idle } = await start({
      model: (_request, step) => (step === 1 ? [use("tool_big"), end] : [text("Big."), end]),
    });
    await panel.feed.handle({ type: "ready" });
    const conversation = await say("go");
    await idle(conversation.id);
    const row = () => panel.shown().items.find((item) => item.kind === "tool");
    const short = row();
    assert.ok(short?.kind === "tool" && short.truncated && (short.output?.length ?? 0) <= 4_000);
    await panel.feed.handle({ type: "toolDetail", conversation: conversation.id, id: short.id });
    const whole = row();
    assert.ok(whole?.kind === "tool" && !whole.truncated && (whole.output?.length ?? 0) > 20_000);
    const count = panel.messages.length;
    await panel.feed.handle({ type: "toolDetail", conversation: conversation.id, id: "gone" });
    assert.equal(panel.messages.length, count, "a row that is gone has nothing to show");
    await host.stop();
  });

  it("shows a card, the state “waiting”, the diff, and goes on with the answer", async () => {
    const { host, panel, say, idle } = await start({
      model: (_request, step) => (step === 1 ? [use("tool_change"), end] : [text("Changed."), end]),
    });
    await panel.feed.handle({ type: "ready" });
    const conversation = await say("go");
    const card = await until("the card", () => panel.shown().items.find((item) => item.kind === "approval"));
    await until("it says that it waits", () => panel.of("state").at(-1)?.state.agent === "waiting");
    await panel.feed.handle({ type: "openDiff", conversation: conversation.id, id: card.id, index: 0 });
    assert.deepEqual(panel.asked, [], "there is no diff of this one");
    const entry = conversation.entry(card.id);
    assert.ok(entry?.kind === "approval");
    Object.assign(entry, { diffs: [{ path: "a", diff: "" }] });
    await panel.feed.handle({ type: "openDiff", conversation: conversation.id, id: card.id, index: 0 });
    assert.deepEqual(panel.asked, [["openDiff", card.id, 0]]);
    await panel.feed.handle({ type: "approve", id: card.id, choice: "once" } as never);
    await idle(conversation.id);
    await until("it says that it rests", () => panel.of("state").at(-1)?.state.agent === "idle");
    const answered = panel.shown().items.find(({ id }) => id === card.id);
    assert.ok(answered?.kind === "approval" && answered.choice === "once");
    await host.stop();
  });

  it("stops a turn, takes a queued message back, and calls what a plugin's button says", async () => {
    const gate = deferred<void>();
    const { host, panel, say, idle } = await start({
      model: async function* (_request, _step, signal) {
        yield text("Working");
        await Promise.race([gate.promise, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
        yield end;
      },
    });
    await panel.feed.handle({ type: "ready" });
    const conversation = await say("go");
    await panel.feed.handle({ type: "send", conversation: conversation.id, text: "later", how: "queue" });
    const queued = panel.shown().items.find((item) => item.kind === "message" && item.queued);
    assert.ok(queued);
    await panel.feed.handle({ type: "unqueue", conversation: conversation.id, id: queued.id });
    assert.ok(!panel.shown().items.some(({ id }) => id === queued.id));
    await panel.feed.handle({ type: "stop", conversation: conversation.id });
    await idle(conversation.id);
    const { messageId } = await host.agent.pluginSays(conversation.id, {
      plugin: "tool",
      owner: host.calls.ownerOf("tool") ?? "",
      rule: "r",
      role: "assistant",
      content: "Shall I?",
      intent: "notify",
      actions: [{ title: "Look", call: { to: { plugin: "tool" }, name: "look", args: { at: "y" } } }],
    });
    const press = () =>
      panel.feed.handle({ type: "messageAction", conversation: conversation.id, id: messageId, index: 0 });
    await Promise.all([press(), press()]);
    await panel.feed.handle({ type: "messageAction", conversation: conversation.id, id: messageId, index: 9 });
    const [row, ...more] = conversation.calls();
    assert.deepEqual(more, [], "pressed twice while it works, it works once");
    assert.equal(row?.caller, "person");
    assert.deepEqual(row?.result, { seen: { at: "y" } });
    // Another package has the name now: its rights are not there for what that one said.
    const installed = host.supervisor.installed("tool") ?? assert.fail("it is installed");
    await host.setInstalled([{ ...installed, source: "user" }]);
    await host.letIn("tool");
    await panel.feed.handle({ type: "messageAction", conversation: conversation.id, id: messageId, index: 0 });
    assert.equal(conversation.calls().length, 1);
    const said = conversation.items().at(-1);
    assert.match(said?.kind === "notice" ? said.text : "", /^Another plugin is called tool now/);
    panel.feed.dispose();
    const count = panel.messages.length;
    await conversation.addNotice({ level: "info", text: "Nobody looks." });
    assert.equal(panel.messages.length, count);
    await host.stop();
  });
});
