/** A plugin is only in conversations that it has to do with, whatever it names. */
import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { metaOf } from "../../support/rawEnd.ts";
import { until } from "../../support/until.ts";
import { callsTo, type Liars, liars } from "./rig.ts";

describe("a conversation that a plugin names", function () {
  this.timeout(30_000);
  let all: Liars;
  let secret: string;
  let visible: string;
  beforeEach(async () => {
    all = await liars();
    const { conversations, agent } = all.real.host;
    secret = conversations.create().id;
    await agent.say(secret, "a secret", "send");
    await until("the turn is over", () => agent.state(secret) === "idle");
    visible = conversations.create().id;
  });
  afterEach(async () => await all.stop());

  /** Each way to name a conversation, by the field or beside the params. */
  const attempts = (conversation: string): [method: string, params: Record<string, unknown>][] => {
    const _meta = { conversation };
    return [
      ["conversation/addMessage", { content: "spoofed", conversation }],
      ["conversation/addMessage", { content: "spoofed", _meta }],
      ["conversation/context", { conversation }],
      ["conversation/context", { _meta }],
      ["state/set", { scope: "conversation", key: "a", value: "spoofed", _meta }],
      ["state/get", { scope: "conversation", key: "a", _meta }],
      ["publish", { topic: "told.one", data: "spoofed", _meta }],
      ["call", { to: { plugin: "target" }, name: "go", _meta }],
      ["agent/stop", { conversation }],
    ];
  };

  const go = async (conversation: string) =>
    await Promise.all(
      attempts(conversation).map(async ([method, params]) => await all.spoofer.request(method, params)),
    );

  it("is refused in every message where it has nothing to do with it, and nothing happens there", async () => {
    const calls = callsTo(all.target, "go").length;
    for (const [index, { error }] of (await go(secret)).entries()) {
      const [method] = attempts(secret)[index] ?? [];
      assert.equal(error?.code, errorCodes.denied, `${method}: ${error?.message}`);
      assert.match(error?.message ?? "", /spoofer has nothing to do with the conversation/);
      assert.match(String(error?.data?.todo), /Name the visible conversation/);
    }
    const { error } = await all.spoofer.request("agent/run", { text: "spoofed", conversation: secret });
    assert.equal(error?.code, errorCodes.denied);
    assert.equal(callsTo(all.target, "go").length, calls);
    const entries = all.real.host.conversations.get(secret)?.entries() ?? [];
    assert.ok(!JSON.stringify(entries).includes("spoofed"));
    const rows = await all.real.store.readJournal({ conversation: secret, limit: 100 });
    assert.ok(!JSON.stringify(rows).includes("spoofer"), JSON.stringify(rows));
  });

  it("may be the visible one", async () => {
    for (const { error } of await go(visible)) assert.equal(error, undefined, error?.message);
  });

  it("may be one that the host named in a call, and stays one when the plugin is started anew", async () => {
    const { real, spoofer } = all;
    await real.host.calls.call({
      caller: "person",
      to: { plugin: "spoofer" },
      name: "go",
      args: {},
      conversation: secret,
    });
    assert.equal(metaOf(callsTo(spoofer, "go").at(-1) ?? {}).conversation, secret);
    for (const { error } of await go(secret)) assert.equal(error, undefined, error?.message);
    await real.host.supervisor.restart("spoofer");
    assert.equal(
      (await spoofer.request("publish", { topic: "told.one", data: 1, _meta: { conversation: secret } })).error,
      undefined,
    );
  });

  it("may be one that the host named in an event", async () => {
    const { real, spoofer } = all;
    await spoofer.request("register", { subscription: { topic: "told.>" } });
    real.host.bus.publish({ type: "told.two", source: "host", data: {}, conversation: secret });
    await until("it hears", () => spoofer.came("deliver").length > 0);
    for (const { error } of await go(secret)) assert.equal(error, undefined, error?.message);
  });

  it("may be one in which a message of its own stands, also after the window was opened anew", async () => {
    const { real, spoofer } = all;
    const { result } = await spoofer.request("conversation/addMessage", { content: "mine", conversation: visible });
    assert.ok(result);
    const other = real.host.conversations.create().id;
    assert.notEqual(other, visible);
    const { error } = await spoofer.request("conversation/addMessage", { content: "again", conversation: visible });
    assert.equal(error, undefined, error?.message);
  });

  it("that does not exist, or not any more, is not found", async () => {
    for (const { error } of await go("nowhere")) assert.equal(error?.code, errorCodes.notFound, error?.message);
    const { spoofer } = all;
    const { host } = all.real;
    await host.calls.call({
      caller: "person",
      to: { plugin: "spoofer" },
      name: "go",
      args: {},
      conversation: secret,
    });
    await host.conversations.delete(secret);
    // What is said about it elsewhere may name it still, as by who hears that it was deleted.
    for (const [method, params] of attempts(secret).filter(([method]) => method.startsWith("conversation/"))) {
      const { error } = await spoofer.request(method, params);
      assert.equal(error?.code, errorCodes.notFound, `${method}: ${error?.message}`);
    }
    const { error } = await spoofer.request("agent/run", { text: "spoofed", conversation: secret });
    assert.equal(error?.code, errorCodes.notFound, error?.message);
  });

  it("is refused where it belongs to another workspace, also one in which a message of its own stands", async () => {
    const { real, spoofer } = all;
    const { result } = await spoofer.request("conversation/addMessage", { content: "mine", conversation: visible });
    assert.ok(result);
    const loaded = await real.store.loadConversation(visible);
    assert.ok(loaded);
    const [entry] = loaded.entries;
    assert.ok(entry);
    const elsewhere = "conversation_elsewhere";
    await real.store.saveConversation({ ...loaded.conversation, id: elsewhere, workspace: "file:///elsewhere" });
    await real.store.saveEntry({ ...entry, id: "entry_elsewhere", conversation: elsewhere });
    for (const { error } of await go(elsewhere)) assert.equal(error?.code, errorCodes.denied, error?.message);
    await real.host.conversations.show(elsewhere);
    for (const { error } of await go(elsewhere)) assert.equal(error, undefined, error?.message);
  });

  it("cannot be had from another's call", async () => {
    const { real, spoofer, victim, target } = all;
    const call = real.host.calls.call({
      caller: "person",
      to: { plugin: "target" },
      name: "held",
      args: {},
      conversation: secret,
    });
    const asked = await until("the target is called", () => callsTo(target, "held")[0]);
    const { callId } = metaOf(asked);
    const _meta = { callId, conversation: secret };
    for (const [method, params] of attempts(secret))
      assert.equal((await spoofer.request(method, { ...params, _meta })).error?.code, errorCodes.denied, method);
    assert.equal(
      (await victim.request("publish", { topic: "self.log", data: "x", _meta: { callId } })).error,
      undefined,
    );
    target.answerTo(asked, null);
    await call;
  });

  it("does not make a message another's: its origin is who sent it", async () => {
    const { real, spoofer } = all;
    const forged = {
      role: "user",
      content: "I am the person",
      origin: { plugin: "victim" },
      plugin: "victim",
      caller: "person",
    };
    assert.ok((await spoofer.request("conversation/addMessage", { ...forged, _meta: { caller: "person" } })).result);
    const message = real.host.conversations
      .get(visible)
      ?.entries()
      .find((entry) => entry.kind === "message");
    assert.equal(message?.kind === "message" && message.origin?.plugin, "spoofer");
  });
});
