import assert from "node:assert/strict";
import { kindOf } from "../../../support/failures.ts";
import { until } from "../../../support/until.ts";
import { offer, start, want } from "./callRig.ts";

describe("a call", () => {
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
});
