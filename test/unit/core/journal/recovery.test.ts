import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import type { ModelEvent } from "../../../../src/core/ports.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

const end: ModelEvent = { type: "end", finish: "stop" };
const tool = {
  manifest: {
    offers: [
      { name: "slow", description: "Slow.", action: "read", facets: { agent: true } },
      { name: "write", description: "Writes.", action: "write", facets: { agent: true } },
    ],
  },
  onRequest: (method: string) => (method === "call" ? new Promise(() => {}) : {}),
};

describe("a host that finds what another left open", () => {
  /** A store as a host leaves it that is gone in mid-turn: a call that runs, a card that waits, a text that streams. */
  const abandoned = async () => {
    const store = new MemoryStore();
    const { host } = await scriptedHost({
      store,
      plugins: { tool },
      model: () => [
        { type: "text", text: "Wor" },
        { type: "toolCall", id: "1", name: "tool_slow", arguments: "{}" },
        { type: "toolCall", id: "2", name: "tool_write", arguments: "{}" },
        end,
      ],
    });
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "go", "send");
    await until("all is open", () => {
      const [first] = conversation.calls();
      return first?.status === "running" && conversation.items().some(({ kind }) => kind === "approval");
    });
    return { store, id: conversation.id };
  };

  it("ends the turn and its calls, takes cards away that nobody can answer, and says so once", async () => {
    const { store, id } = await abandoned();
    const { host } = await scriptedHost({ store, plugins: { tool } });
    const conversation = await host.conversations.open(id);
    const [turn] = [...store.turns.values()];
    assert.equal(turn?.state, "interrupted");
    assert.ok(turn?.endedAt);
    const [call] = conversation.calls();
    assert.equal(call?.status, "failed");
    assert.match(call?.error ?? "", /not known whether it had an effect/);
    assert.equal(store.calls.get(call?.id ?? "")?.status, "failed", "on disk too");
    assert.ok(!conversation.items().some(({ kind }) => kind === "approval"));
    const notices = conversation.items().flatMap((item) => (item.kind === "notice" ? [item.text] : []));
    assert.deepEqual(notices, ["The window closed while the agent was working; it stopped there."]);
    assert.deepEqual(host.calls.active(), [], "nothing runs a second time");
    await host.stop();
    const again = await scriptedHost({ store, plugins: { tool } });
    const same = await again.host.conversations.open(id);
    assert.equal(same.items().filter(({ kind }) => kind === "notice").length, 1, "the next host has nothing to say");
    await again.host.stop();
  });

  it("leaves the turns of a window that lives, and all of them where it cannot write", async () => {
    const { store, id } = await abandoned();
    const living = await scriptedHost({ store, alive: async () => true });
    assert.equal([...store.turns.values()][0]?.state, "running");
    await living.host.stop();
    store.readOnly = "It is newer.";
    const reading = await scriptedHost({ store });
    assert.equal([...store.turns.values()][0]?.state, "running");
    const shown = await reading.host.conversations.open(id);
    assert.ok(!shown.items().some(({ kind }) => kind === "notice"));
    await reading.host.stop();
    store.readOnly = undefined;
    store.failing = new Failure("unavailable", "The disk is full.");
    const full = await scriptedHost({ store });
    assert.equal([...store.turns.values()][0]?.state, "running", "the next host tries again");
    await full.host.stop();
  });

  it("passes over a turn whose conversation was deleted", async () => {
    const { store, id } = await abandoned();
    store.conversations.delete(id);
    const { host } = await scriptedHost({ store });
    assert.equal([...store.turns.values()][0]?.state, "interrupted");
    await host.stop();
  });

  /** A store as a host leaves it that is gone outside of any turn: a person's call and one in the background that run, a card that waits. */
  const abandonedCalls = async () => {
    const store = new MemoryStore();
    const caller: ScriptedPlugin = {
      manifest: {
        offers: [{ name: "go", description: "Goes.", action: "read" }],
        wants: [{ verb: "call", target: "tool/*", action: "write", why: "for the test" }],
      },
      onRequest: (method, _, { send }) =>
        method === "call" ? send("call", { to: { plugin: "tool" }, name: "write", args: {} }) : {},
    };
    const { host } = await scriptedHost({
      store,
      plugins: { tool, caller },
    });
    const conversation = await host.conversations.visible();
    await conversation.addMessage({ role: "user", content: "hello" });
    const rule = { who: "plugin:caller", verb: "call", target: "tool/write", effect: "ask" } as const;
    await host.rules.addPersonRule(rule);
    const to = { plugin: "tool" };
    const own = { caller: "person", args: {}, conversation: conversation.id };
    void host.calls.call({ ...own, to, name: "write" }).catch(() => {});
    await host.calls.call({ ...own, to, name: "slow", detach: true });
    void host.calls.call({ ...own, to: { plugin: "caller" }, name: "go" }).catch(() => {});
    await until("all is open", () => {
      const running = [...store.calls.values()].filter(({ status }) => status === "running");
      return running.length === 2 && [...store.entries.values()].some(({ kind }) => kind === "approval");
    });
    return { store, id: conversation.id };
  };

  it("ends calls that belong to no turn, and takes away the cards of such, and says what was not done", async () => {
    const { store, id } = await abandonedCalls();
    const { host } = await scriptedHost({ store, plugins: { tool } });
    assert.deepEqual(
      [...store.calls.values()].map(({ status, endedAt }) => [status, typeof endedAt]),
      [
        ["failed", "number"],
        ["interrupted", "number"],
      ],
    );
    const items = (await host.conversations.open(id)).items();
    assert.deepEqual(
      items.flatMap((item) => (item.kind === "tool" ? [item.status] : [])),
      ["failed", "interrupted"],
    );
    assert.ok(!items.some(({ kind }) => kind === "approval"));
    const notices = items.flatMap((item) => (item.kind === "notice" ? [item.text] : []));
    assert.deepEqual(notices, ["The window closed while “write” of tool waited for your answer; it was not done."]);
    await host.stop();
  });

  it("leaves the calls and cards of a window that lives, also beside a turn of one that is gone", async () => {
    const { store, id } = await abandonedCalls();
    const turn = { id: "t", conversation: id, startedAt: 1, state: "running" as const };
    await store.saveTurn({ ...turn, lease: { pid: 2, started: "earlier" } });
    const { host } = await scriptedHost({ store, alive: async ({ pid }) => pid === 1 });
    assert.equal(store.turns.get("t")?.state, "interrupted");
    assert.deepEqual(
      [...store.calls.values()].map(({ status }) => status),
      ["running", "running"],
    );
    assert.ok((await host.conversations.open(id)).items().some(({ kind }) => kind === "approval"));
    await host.stop();
  });
});
