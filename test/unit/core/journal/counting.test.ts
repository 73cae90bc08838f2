import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import type { RightRequest, Verdict } from "../../../../src/core/calls/types.ts";
import { type CountedRow, CountedRows } from "../../../../src/core/journal/countedRows.ts";
import { EventFlood } from "../../../../src/core/journal/eventFlood.ts";
import { PassingCalls } from "../../../../src/core/journal/passingCalls.ts";
import type { CallRecord, JournalRow } from "../../../../src/core/journal/records.ts";
import { Uses } from "../../../../src/core/journal/uses.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

const request = (target: string, more: Partial<RightRequest> = {}): RightRequest => ({
  principals: ["plugin:p"],
  verb: "state",
  target,
  ...more,
});

function uses() {
  const clock = new FakeClock(5_000);
  const rows: [Record<string, unknown>, string | undefined, string][] = [];
  const made = new Uses(clock, ({ data, conversation, rule = "" }) => rows.push([{ ...data }, conversation, rule]));
  return { clock, rows, made };
}

describe("the record of uses of rights", () => {
  it("is a row a second for what is alike, with an exact count, and the first and the last time", () => {
    const { clock, rows, made } = uses();
    const verdict: Verdict = { effect: "allow", rule: "r" };
    for (let count = 0; count < 1_000; count++) made.note(request("plugin"), verdict);
    clock.advance(600);
    made.note(request("plugin"), verdict);
    assert.deepEqual(rows, []);
    clock.advance(400);
    const told = { principals: ["plugin:p"], pluginId: "p", verb: "state", target: "plugin", effect: "allow" };
    assert.deepEqual(rows, [[{ ...told, times: 1_001, first: 5_000, last: 5_600 }, undefined, "r"]]);
    clock.advance(10_000);
    assert.equal(rows.length, 1, "what is told is told once");
  });

  it("tells different things apart, and all of it at the end", () => {
    const { rows, made } = uses();
    made.note(request("plugin", { scope: { conversation: "c" } }), { effect: "allow", rule: "r" });
    made.note(request("plugin"), { effect: "deny", rule: "no" });
    made.dispose();
    assert.deepEqual(
      rows.map(([{ effect, times }, conversation, rule]) => [effect, times, conversation, rule]),
      [
        ["allow", 1, "c", "r"],
        ["deny", 1, undefined, "no"],
      ],
    );
  });

  it("keeps the count of refusals exact and its size bounded, whatever is tried", () => {
    const { clock, rows, made } = uses();
    for (let number = 0; number < 10_000; number++)
      made.note(request(`act/${number}`, { verb: "act" }), { effect: "deny", rule: "default:plugin" });
    clock.advance(1_000);
    assert.equal(rows.length, 101);
    assert.equal(
      rows.reduce((sum, [{ times }]) => sum + Number(times), 0),
      10_000,
    );
    assert.equal(rows.at(-1)?.[0].target, "…");
  });

  it("is told earlier where a thousand different things are counted at a time", () => {
    const { rows, made } = uses();
    for (let number = 0; number < 1_001; number++)
      made.note(request(`${number}`), { effect: "allow", rule: `${number}` });
    assert.equal(rows.length, 1_000);
    made.flush();
    assert.equal(rows.length, 1_001);
  });
});

describe("what is counted and not told yet", () => {
  const row = { principals: ["plugin:p"], pluginId: "p", verb: "state", target: "plugin", effect: "allow" };

  function host(store: MemoryStore, pid: number, dead: readonly number[] = []) {
    const clock = new FakeClock(5_000);
    const told: CountedRow[] = [];
    const lease = { pid, started: "then" };
    const alive = async (other: { pid: number }) => !dead.includes(other.pid);
    const drafts = new CountedRows({ store, lease, alive, failed: (error) => assert.fail(String(error)) });
    const made = new Uses(clock, (one) => told.push(one), drafts);
    return { clock, told, drafts, made };
  }

  const verdict: Verdict = { effect: "allow", rule: "r" };
  const times = (store: MemoryStore) => [...store.retained.values()].map(({ counted }) => counted?.data.times);

  it("is on disk within 50 ms, one row for each kind, and goes when it is told", () => {
    const store = new MemoryStore();
    const { clock, made, told } = host(store, 1);
    made.note(request("plugin"), verdict);
    made.note(request("plugin"), verdict);
    assert.deepEqual(times(store), []);
    clock.advance(50);
    assert.deepEqual(times(store), [2]);
    clock.advance(100);
    made.note(request("plugin"), verdict);
    clock.advance(50);
    assert.deepEqual(times(store), [3]);
    clock.advance(1_000);
    assert.deepEqual([told.map(({ data }) => data.times), times(store)], [[3], []]);
  });

  it("is told by the next host, with what it was and its rule, and not what the journal has already", async () => {
    const store = new MemoryStore();
    const { clock, made } = host(store, 1);
    made.note(request("plugin"), verdict);
    made.note(request("other"), { effect: "deny", rule: "no" });
    clock.advance(50);
    const data = { ...row, target: "other", effect: "deny", times: 4, first: 5_000, last: 5_600 };
    store.journal.push({ seq: 1, timestamp: 6_000, type: "permission.decided", source: "host", rule: "no", data });
    const living: CountedRow[] = [];
    await host(store, 2).drafts.recover((one) => living.push(one));
    assert.deepEqual([living, store.retained.size], [[], 2], "the first may live");
    const next = host(store, 3, [1]);
    await next.drafts.recover((one) => next.told.push(one));
    assert.deepEqual(next.told, [
      {
        type: "permission.decided",
        data: { ...row, times: 1, first: 5_000, last: 5_000 },
        conversation: undefined,
        rule: "r",
      },
    ]);
    assert.equal(store.retained.size, 0);
  });
});

describe("the record of passing calls", () => {
  const record = (more: Partial<CallRecord> = {}): CallRecord => ({
    ...{ id: "1", caller: "plugin:a", plugin: "b", name: "go", title: "Go", action: "read", detached: false },
    ...{ args: { secret: 1 }, status: "succeeded", startedAt: 0, rule: "r", result: "large" },
    ...more,
  });

  it("is counted by caller, offer, outcome and rule, and keeps nothing of what was said", () => {
    const clock = new FakeClock();
    const rows: unknown[] = [];
    const calls = new PassingCalls(clock, ({ data, rule }) => rows.push([data, rule]));
    calls.ended(record());
    calls.ended(record());
    calls.ended(record({ status: "failed", error: "No.", rule: "other" }));
    clock.advance(1_000);
    const told = { caller: "plugin:a", target: "b/go", action: "read", first: 0, last: 0 };
    assert.deepEqual(rows, [
      [{ ...told, status: "succeeded", times: 2 }, "r"],
      [{ ...told, status: "failed", error: "No.", times: 1 }, "other"],
    ]);
    assert.ok(!JSON.stringify(rows).includes("secret"));
  });
});

describe("events that come too thick", () => {
  const row = (type: string): JournalRow => ({ seq: 1, timestamp: 0, type, source: "p", rule: "r", data: "said" });

  it("have rows up to fifty a second and topic, and an exact count for the rest", () => {
    const clock = new FakeClock();
    const told: unknown[] = [];
    const flood = new EventFlood(clock, ({ data, rule }) => told.push([data, { rule }]));
    const counted = () => Array.from({ length: 130 }, () => flood.takes(row("a.b"))).filter(Boolean).length;
    assert.equal(counted(), 80);
    assert.equal(flood.takes(row("c.d")), false, "another topic has rows of its own");
    clock.advance(1_000);
    assert.deepEqual(told, [[{ pluginId: "p", topic: "a.b", times: 80, first: 0, last: 0 }, { rule: "r" }]]);
    assert.equal(counted(), 80, "the next second begins anew");
    flood.dispose();
    assert.equal(told.length, 2);
  });
});

describe("a step of a model that a plugin provides", () => {
  it("is counted with the rule that allowed it, and belongs to the trace of its turn", async () => {
    const guide: ScriptedPlugin = {
      manifest: {
        offers: [{ name: "chat", description: "Chats.", action: "read", facets: { provides: "llm.chat" } }],
      },
      onRequest: () => ({ text: "Hello.", toolCalls: [], finish: "stop" }),
    };
    const { host, store } = await scriptedHost({ plugins: { llmserver: guide }, guided: true });
    const { id } = await host.conversations.visible();
    await host.agent.say(id, "Hi", "send");
    await until("the turn is over", () => host.agent.state(id) === "idle");
    await host.stop();
    const [row] = store.journal.filter(({ type }) => type === "call.counted");
    assert.equal((row?.data as { target: string } | undefined)?.target, "llmserver/chat");
    assert.equal(row?.rule, "builtin:agent-reads:llmserver");
    const [summary] = await host.traces.list();
    const spans = await host.traces.get(summary?.traceId ?? "");
    assert.deepEqual(
      spans.map(({ kind }) => kind).filter((kind) => kind === "turn" || kind === "call"),
      ["turn", "call"],
    );
  });

  it("is refused where a rule of the person's takes the agent's right to spend", async () => {
    const { host, requests } = await scriptedHost({ model: () => [{ type: "end", finish: "stop" }] });
    await host.rules.addPersonRule({ who: "agent", verb: "spend", target: "model", effect: "deny" });
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "Hi", "send");
    await until("the turn is over", () => host.agent.state(conversation.id) === "idle");
    assert.equal(requests.length, 0);
    const notice = conversation.entries().find(({ kind }) => kind === "notice");
    assert.match(notice?.kind === "notice" ? notice.text : "", /may not use the model/);
    await host.stop();
  });
});
