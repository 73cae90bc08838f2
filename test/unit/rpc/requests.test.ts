import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import { Failure } from "../../../src/base/failure.ts";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { hostToPlugin, pluginToHost } from "../../../src/protocol/plugin/methods.ts";
import { createConnection } from "../../../src/rpc/connection.ts";
import { memoryPair } from "../../../src/rpc/memory.ts";
import type { Incoming, ProgressValue } from "../../../src/rpc/types.ts";
import { until } from "../../support/until.ts";
import { connected, failureOf, kindOf, turns, withRawPeer } from "./support.ts";

const never = () => new Promise<never>(() => {});

function tokenOf(params: Record<string, unknown> | undefined): number {
  const meta = params?._meta as { progressToken?: number } | undefined;
  assert.ok(typeof meta?.progressToken === "number", "the request carries a token");
  return meta.progressToken;
}

describe("requests", () => {
  it("go both ways over the plugin channel's own tables", async () => {
    const { left, right } = memoryPair();
    const host = createConnection({
      ...left,
      local: pluginToHost,
      remote: hostToPlugin,
      handlers: { register: () => ({ handle: "h1" }), publish: async ({ topic }) => ({ eventId: topic }) },
    });
    const plugin = createConnection({
      ...right,
      local: hostToPlugin,
      remote: pluginToHost,
      handlers: { call: ({ args }, { meta }) => ({ args, caller: meta.caller }) },
    });
    const call = { to: { plugin: "x" }, name: "echo", args: { a: 1 }, _meta: { caller: "agent" } };
    assert.deepEqual(await host.request("call", call), { args: { a: 1 }, caller: "agent" });
    assert.deepEqual(await plugin.request("register", { subscription: { topic: "a.>" } }), { handle: "h1" });
    assert.deepEqual(await plugin.request("publish", { topic: "a.b", data: 1 }), { eventId: "a.b" });
    assert.deepEqual(await host.request("$/ping", {}), {});
    plugin.close("done");
    assert.equal((await plugin.closed).kind, "closed");
    assert.equal((await host.closed).kind, "ended");
  });

  it("come as a request or as a notification where the table says either", async () => {
    const { peer, calls } = withRawPeer();
    peer.send(
      { jsonrpc: "2.0", method: "either", params: { n: 1 } },
      { jsonrpc: "2.0", id: 1, method: "either", params: { n: 2 } },
    );
    assert.equal((await peer.answer(1)).result, null);
    assert.deepEqual(calls, [{ n: 1 }, { n: 2 }]);
    peer.send(
      { jsonrpc: "2.0", method: "echo", params: { value: 1 } },
      { jsonrpc: "2.0", id: 2, method: "tell", params: { text: "x" } },
    );
    for (const method of ["nonsense", "toString", "constructor"]) peer.send({ jsonrpc: "2.0", method, params: {} });
    assert.equal((await peer.answer(2)).error?.code, errorCodes.methodNotFound);
    peer.send({ jsonrpc: "2.0", id: 3, method: "$/ping" });
    await peer.answer(3);
    assert.equal(calls.length, 2, "what wants an answer is not run without one, and the other way round");
  });

  it("to an unknown or unhandled method are answered with methodNotFound, also when it is a name of every object", async () => {
    const { peer } = withRawPeer();
    const methods = ["nonsense", "work", "toString", "constructor", "hasOwnProperty", "valueOf"];
    for (const [id, method] of methods.entries()) peer.send({ jsonrpc: "2.0", id, method });
    for (const id of methods.keys()) assert.equal((await peer.answer(id)).error?.code, errorCodes.methodNotFound);
  });

  it("are not sent where the table or the negotiation does not have them", async () => {
    const { peer, connection } = withRawPeer({ negotiated: (method) => method !== "work" });
    assert.equal(await kindOf(connection.request("nonsense" as never, {} as never)), "notNegotiated");
    assert.equal(await kindOf(connection.request("work", {})), "notNegotiated");
    assert.equal(await kindOf(connection.request("tell" as never, { text: "x" } as never)), "notNegotiated");
    assert.throws(() => connection.notify("echo" as never, { value: 1 } as never), { kind: "notNegotiated" });
    await turns();
    assert.deepEqual(peer.received, []);
  });

  it("with params that break the schema are refused here and not sent", async () => {
    const { peer, connection } = withRawPeer();
    const failure = await failureOf(connection.request("echo", { value: 1, nested: { a: "x" as never } }));
    assert.equal(failure.kind, "invalidParams");
    assert.match(failure.message, /nested\.a/);
    assert.throws(() => connection.notify("tell", { text: 1 as never }), { kind: "invalidParams" });
    await turns();
    assert.deepEqual(peer.received, []);
  });

  it("whose answer breaks the schema fail and name the field", async () => {
    const { peer, connection } = withRawPeer();
    const answer = failureOf(connection.request("work", {}));
    const { id } = await peer.next("it came", ({ method }) => method === "work");
    peer.send({ jsonrpc: "2.0", id, result: { done: "yes" } });
    assert.match((await answer).message, /does not fit its schema: done/);
  });

  it("whose result breaks our own schema are answered with internal, and the log says why", async () => {
    const logged: string[] = [];
    const { peer } = withRawPeer({
      handlers: { work: () => ({ done: "secret" }) as never },
      logger: { log: (_level, _message, fields) => void logged.push(JSON.stringify(fields)) },
    });
    peer.send({ jsonrpc: "2.0", id: 1, method: "work" });
    const { error } = await peer.answer(1);
    assert.equal(error?.code, errorCodes.internal);
    assert.doesNotMatch(error?.message ?? "", /done/);
    assert.match(logged.join(), /does not fit: done/);
  });

  it("whose result is too large or is not JSON are answered with an error", async () => {
    const { peer } = withRawPeer({
      limits: { bodyBytes: 10_000 },
      handlers: { echo: ({ value }) => (value === "large" ? "x".repeat(20_000) : { big: 1n }) },
    });
    peer.send({ jsonrpc: "2.0", id: 1, method: "echo", params: { value: "large" } });
    peer.send({ jsonrpc: "2.0", id: 2, method: "echo", params: { value: "bigint" } });
    assert.equal((await peer.answer(1)).error?.code, errorCodes.tooLarge);
    const { error } = await peer.answer(2);
    assert.equal(error?.code, errorCodes.internal);
    assert.match(error?.message ?? "", /The result of "echo" cannot be written/);
    assert.doesNotMatch(JSON.stringify(error), /host|Parley/);
  });
});

describe("failures", () => {
  it("cross with kind, todo and details, and come out as they went in", async () => {
    const sent = new Failure("denied", "Rule 7 refuses it.", {
      todo: "Ask the person.",
      details: { rule: "7", near: ["a"] },
    });
    const { a } = connected({}, { handlers: { work: () => Promise.reject(sent) } });
    const got = await failureOf(a.request("work", {}));
    assert.deepEqual(
      [got.kind, got.message, got.todo, got.details],
      [sent.kind, sent.message, sent.todo, sent.details],
    );
  });
});

describe("deadlines", () => {
  it("are the caller's, and counted anew at each progress", async () => {
    const clock = new FakeClock();
    let incoming: Incoming | undefined;
    const { a } = connected(
      { clock },
      {
        handlers: {
          work: (_params, given) => {
            incoming = given;
            return never();
          },
        },
      },
    );
    const seen: ProgressValue[] = [];
    const answer = failureOf(a.request("work", {}, { timeoutMs: 1_000, onProgress: (value) => seen.push(value) }));
    const reported = await until("the handler runs", () => incoming, { everyMs: 1 });
    for (const round of [1, 2, 3]) {
      clock.advance(900);
      reported.progress({ partial: round });
      await until("the progress came", () => seen.length === round, { everyMs: 1 });
    }
    assert.equal(a.load.outstanding, 1);
    clock.advance(1_000);
    assert.equal((await answer).kind, "timeout");
    await until("the handler is told", () => reported.signal.aborted, { everyMs: 1 });
  });

  it("can be none, and very long ones do not fire at once", async () => {
    for (const timeoutMs of [Number.POSITIVE_INFINITY, 2 ** 40]) {
      const { peer, connection } = withRawPeer();
      const answer = connection.request("echo", { value: 1 }, { timeoutMs });
      const { id } = await peer.next("it came", ({ method }) => method === "echo");
      await turns(5);
      peer.send({ jsonrpc: "2.0", id, result: "late" });
      assert.equal(await answer, "late");
    }
  });

  it("leave nothing behind: a late answer is ignored", async () => {
    const clock = new FakeClock();
    const { peer, connection } = withRawPeer({ clock });
    const answer = kindOf(connection.request("echo", { value: 1 }, { timeoutMs: 5 }));
    const { id } = await peer.next("it came", ({ method }) => method === "echo");
    clock.advance(5);
    assert.equal(await answer, "timeout");
    peer.send({ jsonrpc: "2.0", id, result: "late" });
    const second = connection.request("echo", { value: 2 });
    const other = await peer.next("the second came", (message) => message.method === "echo" && message.id !== id);
    peer.send({ jsonrpc: "2.0", id: other.id, result: "right" });
    assert.equal(await second, "right");
  });
});

describe("cancelling", () => {
  it("fires the handler's signal, and the handler's end is the answer", async () => {
    let stopped: unknown;
    const { a } = connected(
      {},
      {
        handlers: {
          work: (_params, { signal }) =>
            new Promise((_resolve, reject) =>
              signal.addEventListener("abort", () => {
                stopped = signal.reason;
                reject(stopped);
              }),
            ),
        },
      },
    );
    const controller = new AbortController();
    const answer = kindOf(a.request("work", {}, { signal: controller.signal }));
    await turns(4);
    controller.abort();
    assert.equal(await answer, "cancelled");
    assert.ok(stopped instanceof Failure);
  });

  it("is answered with cancelled when the handler throws what fetch and timers throw", async () => {
    const { peer } = withRawPeer({
      handlers: {
        work: async (_params, { signal }) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          throw new DOMException("aborted", "AbortError");
        },
      },
    });
    peer.send(
      { jsonrpc: "2.0", id: "w", method: "work" },
      { jsonrpc: "2.0", method: "$/cancelRequest", params: { id: "w" } },
    );
    assert.equal((await peer.answer("w")).error?.code, errorCodes.cancelled);
  });

  it("answers with the result where the handler was faster", async () => {
    const { peer, connection } = withRawPeer();
    const controller = new AbortController();
    const answer = connection.request("echo", { value: 1 }, { signal: controller.signal });
    const { id } = await peer.next("it came", ({ method }) => method === "echo");
    controller.abort();
    await peer.next("the cancel came", ({ method }) => method === "$/cancelRequest");
    peer.send({ jsonrpc: "2.0", id, result: "done already" });
    assert.equal(await answer, "done already");
  });

  it("settles here after 2 s where the peer does not react", async () => {
    const clock = new FakeClock();
    const { peer, connection } = withRawPeer({ clock });
    const controller = new AbortController();
    const answer = kindOf(connection.request("echo", { value: 1 }, { signal: controller.signal }));
    await peer.next("it came", ({ method }) => method === "echo");
    controller.abort();
    clock.advance(1_999);
    assert.equal(connection.load.outstanding, 1);
    clock.advance(1);
    assert.equal(await answer, "cancelled");
    assert.equal(connection.load.outstanding, 0);
  });

  it("takes a request back that has not left, and sends nothing that was cancelled before", async () => {
    const { peer, connection } = withRawPeer();
    const controller = new AbortController();
    const answer = kindOf(connection.request("echo", { value: 1 }, { signal: controller.signal }));
    controller.abort();
    assert.equal(await answer, "cancelled");
    assert.equal(await kindOf(connection.request("echo", { value: 2 }, { signal: controller.signal })), "cancelled");
    await turns();
    assert.deepEqual(peer.received, []);
    assert.deepEqual(connection.load, { outstanding: 0, queuedBytes: 0 });
  });
});

describe("progress", () => {
  it("is coalesced to 10 a second, the newest wins, partial values all arrive, and nothing comes after the answer", async () => {
    const clock = new FakeClock();
    let incoming: Incoming | undefined;
    let finish: (value: { done: boolean }) => void = () => {};
    const { a } = connected(
      { clock },
      {
        clock,
        handlers: {
          work: (_params, given) => {
            incoming = given;
            return new Promise<{ done: boolean }>((resolve) => {
              finish = resolve;
            });
          },
        },
      },
    );
    const seen: ProgressValue[] = [];
    const answer = a.request("work", {}, { onProgress: (value) => seen.push(value) });
    const running = await until("the handler runs", () => incoming, { everyMs: 1 });
    for (let percentage = 0; percentage < 50; percentage++) running.progress({ percentage });
    await turns();
    clock.advance(100);
    await turns();
    running.progress({ percentage: 60 });
    running.progress({ partial: "a" });
    running.progress({ partial: "b" });
    running.progress({ percentage: 70 });
    finish({ done: true });
    await answer;
    running.progress({ percentage: 100 });
    clock.advance(1_000);
    await turns();
    assert.deepEqual(seen, [
      { percentage: 0 },
      { percentage: 49 },
      { percentage: 60 },
      { partial: "a" },
      { partial: "b" },
      { percentage: 70 },
    ]);
  });

  it("that comes more often is merged too: the newest is heard, and the last before the answer", async () => {
    const clock = new FakeClock();
    const { peer, connection } = withRawPeer({ clock });
    const seen: ProgressValue[] = [];
    const answer = connection.request("work", {}, { onProgress: (value) => seen.push(value) });
    const request = await peer.next("the request came", (message) => message.method === "work");
    const { progressToken: token } = (request.params as { _meta: { progressToken: number } })._meta;
    const tell = (...values: ProgressValue[]) =>
      peer.send(...values.map((value) => ({ jsonrpc: "2.0", method: "$/progress", params: { token, value } })));
    const hundred = Array.from({ length: 100 }, (_, percentage) => ({ percentage }));
    tell(...hundred);
    await turns();
    assert.deepEqual(seen.splice(0), [{ percentage: 0 }]);
    clock.advance(100);
    assert.deepEqual(seen.splice(0), [{ percentage: 99 }]);
    tell(...hundred, { partial: "a" }, ...hundred);
    peer.send({ jsonrpc: "2.0", id: request.id, result: { done: true } });
    await answer;
    assert.deepEqual(seen, [{ percentage: 99 }, { partial: "a" }, { percentage: 99 }]);
    clock.advance(1_000);
    assert.equal(seen.length, 3);
  });

  it("is not sent for a request without a token, and is ignored for a token that nobody gave", async () => {
    const { peer, connection } = withRawPeer({
      handlers: {
        work: (_params, incoming) => {
          incoming.progress({ message: "into nothing" });
          return { done: true };
        },
      },
    });
    peer.send({ jsonrpc: "2.0", id: 1, method: "work" });
    await peer.answer(1);
    assert.equal(peer.received.length, 1);
    const seen: ProgressValue[] = [];
    const answer = connection.request("echo", { value: 1 }, { onProgress: (value) => seen.push(value) });
    const { id, params } = await peer.next("it came", ({ method }) => method === "echo");
    const token = tokenOf(params);
    for (const wrong of [token + 1, String(token), "constructor"]) {
      peer.send({ jsonrpc: "2.0", method: "$/progress", params: { token: wrong, value: { message: "wrong" } } });
    }
    peer.send(
      { jsonrpc: "2.0", method: "$/progress", params: { token, value: { message: "right" } } },
      { jsonrpc: "2.0", id, result: 1 },
    );
    await answer;
    assert.deepEqual(seen, [{ message: "right" }]);
  });

  it("after the answer is not sent, also when it is the first", async () => {
    let incoming: Incoming | undefined;
    const { peer } = withRawPeer({
      handlers: {
        work: (_params, given) => {
          incoming = given;
          return { done: true };
        },
      },
    });
    peer.send({ jsonrpc: "2.0", id: 1, method: "work", params: { _meta: { progressToken: "t" } } });
    await peer.answer(1);
    incoming?.progress({ message: "too late" });
    await turns();
    assert.equal(peer.received.length, 1);
  });

  it("that a listener fails on does no harm", async () => {
    const { peer, connection } = withRawPeer();
    const answer = connection.request(
      "echo",
      { value: 1 },
      {
        onProgress: () => {
          throw new Error("listener");
        },
      },
    );
    const { id, params } = await peer.next("it came", ({ method }) => method === "echo");
    const token = tokenOf(params);
    peer.send(
      { jsonrpc: "2.0", method: "$/progress", params: { token, value: {} } },
      { jsonrpc: "2.0", id, result: "well" },
    );
    assert.equal(await answer, "well");
  });
});

describe("limits", () => {
  it("64 requests of ours may wait; the next is overloaded until one is answered; a ping always goes", async () => {
    const { peer, connection } = withRawPeer();
    const answers = Array.from({ length: 64 }, (_, value) => connection.request("echo", { value }));
    const refused = await failureOf(connection.request("echo", { value: 64 }));
    assert.equal(refused.kind, "overloaded");
    assert.ok(typeof refused.details?.retryAfterMs === "number");
    void connection.request("$/ping", {}).catch(() => {});
    const { id } = await peer.next("the first came", ({ method }) => method === "echo");
    await peer.next("the ping came", ({ method }) => method === "$/ping");
    peer.send({ jsonrpc: "2.0", id, result: "free" });
    assert.equal(await answers[0], "free");
    const next = connection.request("echo", { value: 65 });
    for (const answer of [...answers, next]) answer.catch(() => {});
    assert.equal(connection.load.outstanding, 65);
    connection.close("end of test");
  });

  it("64 requests of the peer may be unanswered; the next is answered with overloaded; a ping always is", async () => {
    const open: ((value: null) => void)[] = [];
    const { peer } = withRawPeer({ handlers: { echo: () => new Promise((resolve) => open.push(resolve)) } });
    for (let id = 0; id < 70; id++) peer.send({ jsonrpc: "2.0", id, method: "echo", params: { value: 1 } });
    peer.send({ jsonrpc: "2.0", id: "ping", method: "$/ping" });
    assert.deepEqual((await peer.answer("ping")).result, {});
    for (let id = 64; id < 70; id++) {
      const { error } = await peer.answer(id);
      assert.equal(error?.code, errorCodes.overloaded);
      assert.ok(typeof error?.data?.retryAfterMs === "number");
    }
    assert.equal(open.length, 64);
    open[0]?.(null);
    await peer.answer(0);
    peer.send({ jsonrpc: "2.0", id: 100, method: "echo", params: { value: 1 } });
    await until("there is room again", () => open.length === 65, { everyMs: 1 });
  });
});

describe("the end", () => {
  it("aborts what still works, and its late answer goes nowhere", async () => {
    let signal: AbortSignal | undefined;
    let finish: (value: { done: boolean }) => void = () => {};
    const { a, b } = connected(
      {},
      {
        handlers: {
          work: (_params, incoming) => {
            signal = incoming.signal;
            return new Promise<{ done: boolean }>((resolve) => {
              finish = resolve;
            });
          },
        },
      },
    );
    const answer = kindOf(a.request("work", {}));
    await until("the handler runs", () => signal, { everyMs: 1 });
    a.close("enough");
    assert.equal(await answer, "unavailable");
    await b.closed;
    assert.equal(signal?.aborted, true);
    finish({ done: true });
    await turns();
  });

  it("lets out what was sent before it, and can be asked for twice", async () => {
    const { peer, connection } = withRawPeer();
    connection.notify("tell", { text: "last words" });
    connection.close("first");
    connection.close("second");
    await until("the peer sees the end", () => peer.ended, { everyMs: 1 });
    assert.deepEqual(peer.received.at(-1)?.params, { text: "last words" });
    assert.deepEqual(await connection.closed, { kind: "closed", message: "first" });
  });

  it("settles everything although releasing one of them throws", async () => {
    const { peer, connection } = withRawPeer();
    const hostile = { aborted: false, addEventListener() {}, removeEventListener: () => assert.fail("hostile") };
    const answers = [
      kindOf(connection.request("echo", { value: 1 })),
      kindOf(connection.request("echo", { value: 2 }, { signal: hostile as never })),
      kindOf(connection.request("echo", { value: 3 })),
    ];
    await peer.next("they came", ({ method }) => method === "echo");
    connection.close("gone");
    assert.deepEqual(await Promise.all(answers), ["unavailable", "unavailable", "unavailable"]);
  });
});
