import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { deferred } from "../../../../src/base/deferred.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { failureOf } from "../../../support/failures.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Params = Record<string, unknown>;

interface Heard {
  readonly plugin: string;
  readonly deadlineMs: number | undefined;
  answer(value: unknown): void;
  fail(failure: Failure): void;
  partial(value: unknown): void;
}

const unavailable = new Failure("unavailable", "Out of order.");
const overloaded = new Failure("overloaded", "Too much.", { details: { retryAfterMs: 700 } });

/** A host with providers of one capability, each with its own offer; their calls wait in a list for the test. */
async function start(
  providers: Record<string, { action?: string; priority?: number; concurrency?: number; timeout?: number }>,
  more: {
    order?: unknown;
    wants?: Params[];
    accepts?: Record<string, Params[]>;
    plugins?: Record<string, ScriptedPlugin>;
  } = {},
) {
  const heard: Heard[] = [];
  const clock = new FakeClock(1_000);
  const provider = (plugin: string, fields: Params): ScriptedPlugin => ({
    manifest: {
      offers: [
        { name: "do", description: "Does.", action: "read", streaming: true, facets: { provides: "x.do" }, ...fields },
      ],
      ...(more.accepts?.[plugin] ? { accepts: more.accepts[plugin] } : {}),
    },
    onRequest(method, params, { progress }) {
      if (method !== "call") return {};
      const answer = deferred<unknown>();
      const { deadlineMs } = params._meta as { deadlineMs?: number };
      const partial = (value: unknown) => progress({ partial: value });
      heard.push({ plugin, deadlineMs, answer: answer.resolve, fail: answer.reject, partial });
      return answer.promise;
    },
  });
  let send: ((method: string, params: Params) => Promise<unknown>) | undefined;
  const caller: ScriptedPlugin = {
    manifest: {
      offers: [{ name: "hook", description: "Hands its channel to the test.", action: "read" }],
      wants: more.wants ?? [{ verb: "call", target: "*/do", why: "for the test" }],
    },
    onRequest(method, _params, own) {
      if (method === "call") send = own.send;
      return {};
    },
  };
  const { host, crash, store } = await scriptedHost({
    clock,
    settings: { providers: () => (more.order === undefined ? {} : { "x.do": more.order }) },
    plugins: {
      ...Object.fromEntries(Object.entries(providers).map(([name, fields]) => [name, provider(name, fields)])),
      ...more.plugins,
      caller,
    },
  });
  await host.calls.call({ caller: "person", to: { plugin: "caller" }, name: "hook", args: {} });
  const call = (params: Params = {}) => {
    const answer = Promise.resolve(send?.("call", { to: { provides: "x.do" }, name: "x.do", args: {}, ...params }));
    answer.catch(() => {});
    return answer;
  };
  const next = (count: number) => until(`call ${count} arrived`, () => heard[count - 1]);
  return { host, crash, store, clock, call, heard, next };
}

describe("a call by capability", () => {
  it("goes to the next provider where the first cannot be used, once each, and its row says who answered", async () => {
    const { host, call, next, heard } = await start({ a: {}, b: {}, c: {} });
    const told: unknown[] = [];
    host.bus.on("call.progress", ({ data }) => told.push((data as { message?: string }).message));
    const answer = call();
    (await next(1)).fail(unavailable);
    (await next(2)).fail(overloaded);
    (await next(3)).answer("done");
    assert.equal(await answer, "done");
    assert.deepEqual(
      heard.map(({ plugin }) => plugin),
      ["a", "b", "c"],
    );
    assert.deepEqual(told, ["a/do could not be used; b/do is tried.", "b/do could not be used; c/do is tried."]);
    const edges = host.metrics.edges().filter(({ caller }) => caller === "plugin:caller");
    assert.deepEqual(edges.map(({ target, errors }) => [target, errors]).sort(), [
      ["a/do", { unavailable: 1 }],
      ["b/do", { overloaded: 1 }],
      ["c/do", {}],
    ]);
    await host.stop();
  });

  it("fails with the chain of reasons when none is left, of one kind where all agree", async () => {
    const { host, call, next } = await start({ a: {}, b: {} });
    const first = call();
    (await next(1)).fail(unavailable);
    (await next(2)).fail(overloaded);
    const mixed = await failureOf(first);
    assert.equal(mixed.kind, "unavailable");
    assert.equal(mixed.message, 'No provider of "x.do" could be used. a/do: Out of order. b/do: Too much.');
    const tried = (mixed.details?.tried ?? []) as { offer: string; kind: string }[];
    assert.deepEqual(
      tried.map(({ offer, kind }) => [offer, kind]),
      [
        ["a/do", "unavailable"],
        ["b/do", "overloaded"],
      ],
    );
    const second = call();
    (await next(3)).fail(overloaded);
    (await next(4)).fail(new Failure("overloaded", "Later.", { details: { retryAfterMs: 300 } }));
    const same = await failureOf(second);
    assert.deepEqual([same.kind, same.details?.retryAfterMs], ["overloaded", 300], "when the first of them has room");
    await host.stop();
  });

  it("does not go on for what is the caller's or the offer's own matter", async () => {
    const { host, call, next, heard } = await start({ a: {}, b: {} });
    const kinds = ["conflict", "invalidParams", "notFound", "internal", "timeout", "cancelled"] as const;
    for (const [index, kind] of kinds.entries()) {
      const answer = call();
      (await next(index + 1)).fail(new Failure(kind, "No."));
      assert.equal((await failureOf(answer)).kind, kind);
    }
    assert.deepEqual([...new Set(heard.map(({ plugin }) => plugin))], ["a"]);
    await host.stop();
  });

  it("does not begin anew once a piece has come: the pieces, then one error", async () => {
    const { host, call, next, heard } = await start({ a: {}, b: {} });
    const answer = call();
    const first = await next(1);
    first.partial("a piece");
    first.fail(unavailable);
    assert.equal((await failureOf(answer)).message, "Out of order.");
    assert.equal(heard.length, 1);
    await host.stop();
  });

  it("that writes is given to another only where it was never sent", async () => {
    const { host, call, crash, next, heard } = await start({ a: { action: "write" }, b: { action: "write" } });
    const sent = call();
    (await next(1)).fail(unavailable);
    assert.equal((await failureOf(sent)).message, "Out of order.");
    await host.supervisor.stop("a");
    const unsent = call();
    (await next(2)).answer("done");
    assert.equal(await unsent, "done");
    assert.equal(heard[1]?.plugin, "b", "what a person stopped is passed over");
    crash("b");
    await host.stop();
  });

  it("passes over whom the rules or the target's own manifest deny the caller, and says so when none is left", async () => {
    const wants = ["b/do", "c/do"].map((target) => ({ verb: "call", target, why: "for the test" }));
    const { host, call, next, heard } = await start(
      { a: {}, b: {}, c: {} },
      { wants, accepts: { b: [{ who: "plugin:friend" }] } },
    );
    const answer = call();
    (await next(1)).answer("done");
    assert.equal(await answer, "done");
    assert.equal(heard[0]?.plugin, "c");
    await host.rules.addPersonRule({ who: "plugin:caller", verb: "call", target: "c/*", effect: "deny" });
    const refused = await failureOf(call());
    assert.equal(refused.kind, "denied");
    assert.match(
      refused.message,
      /a\/do: .*refused by the rule "default:plugin".*b\/do does not accept.*c\/do: .*"rule/,
    );
    assert.equal(heard.length, 1, "nobody was asked");
    await host.stop();
  });

  it("follows the person's setting, and says what it says where nobody is left", async () => {
    const { host, call, next } = await start({ a: { priority: 50 }, b: {} }, { order: ["b"] });
    const answer = call();
    const first = await next(1);
    assert.equal(first.plugin, "b");
    first.fail(unavailable);
    assert.equal((await failureOf(answer)).message, "Out of order.", "a is not named, so it is not asked");
    await host.stop();
    const { host: other, call: ask } = await start({ a: {} }, { order: "gone" });
    const none = await failureOf(ask());
    assert.equal(none.kind, "notFound");
    assert.match(none.message, /parley\.providers has "x\.do" come from gone.*; a would/);
    await other.stop();
  });

  it("is shared over providers by what they have in progress", async () => {
    const { host, call, next, heard } = await start({ a: {}, b: {}, c: {} });
    const answers = Array.from({ length: 9 }, () => call());
    await next(9);
    const count = (plugin: string) => heard.filter((one) => one.plugin === plugin).length;
    assert.deepEqual([count("a"), count("b"), count("c")], [3, 3, 3]);
    for (const { answer } of heard) answer("done");
    await Promise.all(answers);
    await host.stop();
  });

  it("keeps its caller's deadline over all that are tried", async () => {
    const { host, call, next, clock } = await start({ a: {}, b: { timeout: 60_000 } });
    const answer = call({ _meta: { deadlineMs: 5_000 } });
    const first = await next(1);
    assert.equal(first.deadlineMs, 5_000);
    clock.advance(3_000);
    first.fail(unavailable);
    assert.equal((await next(2)).deadlineMs, 2_000);
    clock.advance(2_000);
    assert.equal((await failureOf(answer)).kind, "timeout");
    await host.stop();
  });

  it("in the background keeps its id over all that are tried", async () => {
    const { host, call, next, store } = await start({ a: {}, b: {} });
    const { callId } = (await call({ detach: true })) as { callId: string };
    (await next(1)).fail(unavailable);
    (await next(2)).answer("done");
    const record = await until("it has ended", async () => {
      const found = await store.loadCall(callId);
      return found?.status === "succeeded" && found;
    });
    assert.deepEqual([record.plugin, record.result], ["b", "done"]);
    await host.stop();
  });

  it("inside one of its own providers goes to another: what stands in front of a capability may use it", async () => {
    let inner: Promise<unknown> | undefined;
    const front: ScriptedPlugin = {
      manifest: {
        offers: [{ name: "do", description: "Does.", action: "read", priority: 10, facets: { provides: "x.do" } }],
        wants: [{ verb: "call", target: "*/do", why: "for the test" }],
      },
      onRequest(method, params, { send }) {
        if (method !== "call") return {};
        const { callId } = params._meta as { callId: string };
        inner = send("call", { to: { provides: "x.do" }, name: "x.do", args: {}, _meta: { callId } });
        return inner.then((value) => `in front of ${value}`);
      },
    };
    const { host, call, next } = await start({ back: {} }, { plugins: { front } });
    const answer = call();
    (await next(1)).answer("the back");
    assert.equal(await answer, "in front of the back");
    await host.stop();
  });
});
