import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { deferred } from "../../../../src/base/deferred.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { kindOf } from "../../../support/failures.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Params = Record<string, unknown>;
type Send = (method: string, params: Params) => Promise<unknown>;
interface Heard {
  name: string;
  meta: { callId: string; deadlineMs?: number };
  args: Params;
  send: Send;
  progress: (value: Params) => void;
  signal: AbortSignal;
  answer: (value: unknown) => void;
}

const want = (target: string, action = "read") => ({ verb: "call", target, action, why: "for the test" });

/** A plugin whose calls wait in a list until the test answers them. */
function waiting(manifest: Params): { plugin: ScriptedPlugin; heard: Heard[] } {
  const heard: Heard[] = [];
  const plugin: ScriptedPlugin = {
    manifest,
    onRequest(method, params, { send, progress, signal }) {
      if (method !== "call") return {};
      const answer = deferred<unknown>();
      const { name, _meta: meta, args } = params as { name: string; _meta: Heard["meta"]; args: Params };
      heard.push({ name, meta, args, send, progress, signal, answer: answer.resolve });
      return answer.promise;
    },
  };
  return { plugin, heard };
}

const offer = (name: string, more: Params = {}) => ({ name, description: "An offer.", action: "read", ...more });

describe("a call", () => {
  const start = async (parts: Record<string, Params>, model?: Parameters<typeof scriptedHost>[0]["model"]) => {
    const clock = new FakeClock(1_000);
    const plugins = Object.fromEntries(Object.entries(parts).map(([name, manifest]) => [name, waiting(manifest)]));
    const { host, store } = await scriptedHost({
      clock,
      model,
      plugins: Object.fromEntries(Object.entries(plugins).map(([name, { plugin }]) => [name, plugin])),
    });
    const person = (plugin: string, name = "go", more: object = {}) =>
      host.calls.call({ caller: "person", to: { plugin }, name, args: {}, ...more });
    const next = async (plugin: string, count = 1) =>
      await until(`${plugin} is called`, () => plugins[plugin]?.heard[count - 1]);
    return { clock, host, store, person, next };
  };

  it("ends after its offer's timeout, and the plugin is told by the signal", async () => {
    const { clock, host, person, next } = await start({ p: { offers: [offer("go", { timeout: 5_000 })] } });
    const call = kindOf(person("p"));
    const heard = await next("p");
    assert.equal(heard.meta.deadlineMs, 5_000);
    clock.advance(4_999);
    assert.equal(host.calls.active().length, 1);
    clock.advance(1);
    assert.equal(await call, "timeout");
    assert.equal(heard.signal.aborted, true);
    assert.equal(host.calls.active().length, 0);
    heard.answer({ too: "late" });
    await host.stop();
  });

  it("takes the least of the caller's deadline, the offer's timeout and 60 s", async () => {
    const { clock, host, person, next } = await start({
      p: { offers: [offer("go"), offer("short", { timeout: 900 })] },
    });
    const calls = [
      person("p"),
      person("p", "go", { timeoutMs: 2_000 }),
      person("p", "short", { timeoutMs: 2_000 }),
      person("p", "go", { timeoutMs: 600_000 }),
    ].map(kindOf);
    assert.equal((await next("p", 1)).meta.deadlineMs, 60_000);
    assert.equal((await next("p", 2)).meta.deadlineMs, 2_000);
    assert.equal((await next("p", 3)).meta.deadlineMs, 900);
    assert.equal((await next("p", 4)).meta.deadlineMs, 60_000);
    clock.advance(60_000);
    assert.deepEqual(await Promise.all(calls), ["timeout", "timeout", "timeout", "timeout"]);
    await host.stop();
  });

  it("gives what it calls no more time than it has left itself", async () => {
    const { clock, host, person, next } = await start({
      outer: { offers: [offer("go", { timeout: 10_000 })], wants: [want("inner/go")] },
      inner: { offers: [offer("go", { timeout: 60_000 })], wants: [want("third/go")] },
      third: { offers: [offer("go")] },
    });
    const call = kindOf(person("outer"));
    const outer = await next("outer");
    clock.advance(4_000);
    const to = (plugin: string, _meta: object) => ({ to: { plugin }, name: "go", args: {}, _meta });
    const inside = kindOf(outer.send("call", to("inner", { callId: outer.meta.callId })));
    const inner = await next("inner");
    assert.equal(inner.meta.deadlineMs, 6_000);
    clock.advance(1_000);
    const deepest = kindOf(inner.send("call", to("third", { callId: inner.meta.callId, deadlineMs: 3_000 })));
    const third = await next("third");
    assert.equal(third.meta.deadlineMs, 3_000, "a deadline of its own may be shorter");
    assert.deepEqual(
      host.calls.chainOf(third.meta.callId).map(({ plugin }) => plugin),
      ["outer", "inner", "third"],
    );
    clock.advance(3_000);
    assert.equal(await deepest, "timeout");
    clock.advance(2_000);
    assert.deepEqual([await inside, await call], ["timeout", "timeout"]);
    await host.stop();
  });

  it("goes on as long as it makes progress, and its callers with it", async () => {
    const { clock, host, person, next } = await start({
      outer: { offers: [offer("go", { timeout: 1_000, streaming: true })], wants: [want("inner/go")] },
      inner: { offers: [offer("go", { timeout: 1_000 })] },
    });
    const seen: unknown[] = [];
    const call = person("outer", "go", { onProgress: (value: unknown) => seen.push(value) });
    const outer = await next("outer");
    const inside = outer.send("call", {
      to: { plugin: "inner" },
      name: "go",
      args: {},
      _meta: { callId: outer.meta.callId },
    });
    const inner = await next("inner");
    for (let percentage = 10; percentage <= 50; percentage += 10) {
      clock.advance(900);
      inner.progress({ percentage, message: "working" });
    }
    assert.deepEqual(host.calls.active()[1]?.progress, { message: "working", percentage: 50 });
    outer.progress({ partial: "a piece" });
    assert.deepEqual(seen, [{ partial: "a piece" }], "a caller hears the progress of what it called, no further");
    inner.answer({ deep: true });
    assert.deepEqual(await inside, { deep: true });
    outer.answer("done");
    assert.equal((await call).result, "done");
    assert.equal((await call).record.progress, undefined);
    await host.stop();
  });

  it("ends with the deadline of its caller, whatever progress it makes", async () => {
    const { clock, host, person, next } = await start({
      outer: { offers: [offer("go", { timeout: 1_000 })], wants: [want("inner/go")] },
      inner: { offers: [offer("go", { timeout: 1_000 })] },
    });
    const call = kindOf(person("outer", "go", { timeoutMs: 2_500 }));
    const outer = await next("outer");
    assert.equal(outer.meta.deadlineMs, 1_000, "what its offer allows without progress is nearer");
    for (let count = 0; count < 2; count++) {
      clock.advance(900);
      outer.progress({ message: "working" });
    }
    const to = { to: { plugin: "inner" }, name: "go", args: {}, _meta: { callId: outer.meta.callId } };
    const inside = kindOf(outer.send("call", to));
    const inner = await next("inner");
    assert.equal(inner.meta.deadlineMs, 700);
    clock.advance(600);
    inner.progress({ message: "working" });
    clock.advance(100);
    assert.deepEqual([await inside, await call], ["timeout", "timeout"]);
    await host.stop();
  });

  it("stands still while the person is asked for something that it wants", async () => {
    const { clock, host, next } = await start(
      {
        outer: {
          offers: [offer("go", { timeout: 1_000, facets: { agent: true } })],
          wants: [want("writer/write", "write")],
        },
        writer: { offers: [offer("write", { action: "write" })] },
      },
      (_request, step) =>
        step === 1
          ? [
              { type: "toolCall", id: "1", name: "outer_go", arguments: "{}" },
              { type: "end", finish: "tool-calls" },
            ]
          : [{ type: "end", finish: "stop" }],
    );
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "go", "send");
    const outer = await next("outer");
    clock.advance(400);
    const inside = outer.send("call", {
      to: { plugin: "writer" },
      name: "write",
      args: {},
      _meta: { callId: outer.meta.callId },
    });
    const card = await until("the card", () => conversation.items().find(({ kind }) => kind === "approval"));
    clock.advance(3_600_000);
    assert.equal(host.calls.active().length, 2, "an hour of thinking costs nothing");
    await host.approvals.answer(card.id, "once");
    const writer = await next("writer");
    assert.equal(writer.meta.deadlineMs, 600, "what the outer call had left");
    writer.answer({});
    await inside;
    outer.answer({});
    await until("the turn ended", () => host.agent.state(conversation.id) === "idle");
    assert.deepEqual(
      conversation.calls().map(({ status, rule }) => [status, rule]),
      [
        ["succeeded", "builtin:agent-reads:outer"],
        ["succeeded", "person:once"],
      ],
    );
    await host.stop();
  });

  it("takes the arguments as the person edited them, when they fit", async () => {
    const input = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
    const { host, next } = await start(
      { writer: { offers: [offer("write", { action: "write", input, facets: { agent: true } })] } },
      (_request, step) =>
        step === 1
          ? [
              { type: "toolCall", id: "1", name: "writer_write", arguments: '{"text":"a"}' },
              { type: "end", finish: "tool-calls" },
            ]
          : [{ type: "end", finish: "stop" }],
    );
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "go", "send");
    const card = await until("the card", () => conversation.items().find(({ kind }) => kind === "approval"));
    await assert.rejects(host.approvals.answer(card.id, "once", undefined, "{broken"), /not JSON/);
    await assert.rejects(host.approvals.answer(card.id, "once", undefined, "[1]"), /must be a JSON object/);
    await assert.rejects(host.approvals.answer(card.id, "once", undefined, '{"text":1}'), /do not fit.*text/);
    await host.approvals.answer(card.id, "once", undefined, '{"text":"b"}');
    const heard = await next("writer");
    assert.deepEqual(heard.args, { text: "b" });
    heard.answer({});
    await until("the turn ended", () => host.agent.state(conversation.id) === "idle");
    assert.deepEqual(conversation.calls()[0]?.args, { text: "b" });
    await assert.rejects(host.approvals.answer(card.id, "once"), /This request is over/);
    await host.stop();
  });

  describe("that is detached", () => {
    const parts = {
      boss: { offers: [offer("go")], wants: [want("worker/work")] },
      worker: { offers: [offer("work", { timeout: 1_000 })] },
      other: { offers: [offer("go")] },
    };
    const begin = async () => {
      const made = await start(parts);
      const outer = made.person("boss");
      const boss = await made.next("boss");
      const answer = (await boss.send("call", {
        to: { plugin: "worker" },
        name: "work",
        args: { n: 1 },
        detach: true,
        _meta: { callId: boss.meta.callId },
      })) as { callId: string };
      boss.answer({ begun: answer.callId });
      await outer;
      return { ...made, boss, callId: answer.callId, worker: await made.next("worker") };
    };

    it("is answered with its id at once, outlives its caller, and has no deadline", async () => {
      const { clock, host, boss, callId, worker, store } = await begin();
      assert.equal(worker.meta.deadlineMs, undefined);
      clock.advance(3_600_000);
      worker.progress({ message: "half", percentage: 50 });
      const row = (await boss.send("calls/get", { callId })) as Params;
      assert.equal(row.status, "running");
      assert.equal(row.detached, true);
      assert.equal(row.target, "worker/work");
      assert.deepEqual(row.progress, { message: "half", percentage: 50 });
      worker.answer({ made: "it" });
      await until("it ended", () => host.calls.active().length === 0);
      const ended = (await boss.send("calls/get", { callId })) as Params;
      assert.equal(ended.status, "succeeded");
      assert.deepEqual(ended.result, { made: "it" });
      assert.equal(store.calls.get(callId)?.status, "succeeded");
      await host.stop();
    });

    it("that writes is denied to who has no right to it, and to whoever called them: it never arrives", async () => {
      const { host, person, next, store } = await start({
        boss: { offers: [offer("go")], wants: [want("helper/go"), want("worker/read")] },
        helper: { offers: [offer("go")], wants: [want("worker/*", "write")] },
        worker: { offers: [offer("read"), offer("work", { action: "write" })] },
      });
      const outer = person("boss");
      const boss = await next("boss");
      const detached = (own: typeof boss, plugin: string, name: string) =>
        own.send("call", { to: { plugin }, name, args: {}, detach: true, _meta: { callId: own.meta.callId } });
      const endOf = async (own: typeof boss, plugin: string, name: string) => {
        const { callId } = (await detached(own, plugin, name)) as { callId: string };
        const ended = () => {
          const record = store.calls.get(callId);
          return record?.endedAt !== undefined && record;
        };
        return await until("it is refused", ended, { timeoutMs: 1_000 });
      };
      const own = await endOf(boss, "worker", "work");
      assert.deepEqual([own.status, own.rule], ["failed", "default:plugin"]);
      assert.match(own.error ?? "", /plugin:boss.* may not call worker\/work \(write\)/);
      assert.match(
        own.failure?.todo ?? "",
        /under `wants`, as \{"verb":"call","target":"worker\/work","action":"write"\}/,
      );
      await detached(boss, "helper", "go");
      const helper = await next("helper");
      const through = await endOf(helper, "worker", "work");
      assert.deepEqual(
        [through.status, through.rule],
        ["failed", "default:plugin"],
        "the helper may, the boss may not",
      );
      await detached(boss, "worker", "read");
      assert.equal((await next("worker")).name, "read", "neither write arrived before it");
      helper.answer({});
      boss.answer({});
      await outer;
      await host.stop();
    });

    it("is cancelled by who made it or who carries it out, once", async () => {
      const { host, boss, callId, worker } = await begin();
      assert.deepEqual(await boss.send("calls/cancel", { callId }), { state: "cancelling" });
      await until("it ended", () => host.calls.active().length === 0);
      assert.equal(worker.signal.aborted, true);
      const row = (await worker.send("calls/get", { callId })) as Params;
      assert.equal(row.status, "cancelled");
      assert.match(String(row.error), /boss cancelled it/);
      assert.deepEqual(await worker.send("calls/cancel", { callId }), { state: "ended" });
      await host.stop();
    });

    it("is nobody else's business", async () => {
      const { host, person, next, callId } = await begin();
      const outer = person("other");
      const other = await next("other");
      assert.equal(await kindOf(other.send("calls/get", { callId })), "notFound");
      assert.equal(await kindOf(other.send("calls/cancel", { callId })), "notFound");
      assert.equal(await kindOf(other.send("calls/get", { callId: "never" })), "notFound");
      other.answer({});
      await outer;
      assert.equal(host.calls.active().length, 1);
      await host.stop();
    });
  });

  it("is refused beyond eight in a chain, with the path", async () => {
    const names = Array.from({ length: 9 }, (_, index) => `p${index}`);
    const parts = Object.fromEntries(
      names.map((name, index) => [name, { offers: [offer("go")], wants: [want(`p${index + 1}/go`)] }]),
    );
    const { host, person, next } = await start(parts);
    const call = kindOf(person("p0"));
    let heard = await next("p0");
    for (const name of names.slice(1, 8)) {
      void heard
        .send("call", { to: { plugin: name }, name: "go", args: {}, _meta: { callId: heard.meta.callId } })
        .catch(() => {});
      heard = await next(name);
    }
    await assert.rejects(
      heard.send("call", { to: { plugin: "p8" }, name: "go", args: {}, _meta: { callId: heard.meta.callId } }),
      (error: unknown) =>
        error instanceof Failure &&
        error.kind === "callDepth" &&
        /deeper than 8: p0\/go → .* → p8\/go/.test(error.message),
    );
    for (const { id } of host.calls.active()) host.calls.cancel(id, "The test is over.");
    assert.equal(await call, "cancelled");
    assert.equal(host.calls.cancel("gone", "why"), false);
    await host.stop();
  });

  it("whose caller gave up before it began never reaches the plugin", async () => {
    const { host, person } = await start({ p: { offers: [offer("go")] } });
    const signal = AbortSignal.abort(new Failure("cancelled", "You stopped it."));
    assert.equal(await kindOf(person("p", "go", { signal })), "cancelled");
    assert.equal(host.calls.active().length, 0);
    await host.stop();
  });

  it("that is given up without a reason is cancelled all the same", async () => {
    const { host, person, next } = await start({ p: { offers: [offer("go")] } });
    const controller = new AbortController();
    const call = kindOf(person("p", "go", { signal: controller.signal }));
    await next("p");
    controller.abort();
    assert.equal(await call, "cancelled");
    await host.stop();
  });
});
