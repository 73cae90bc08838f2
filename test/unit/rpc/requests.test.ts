import assert from "node:assert/strict";
import { Failure } from "../../../src/base/failure.ts";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { hostToPlugin, pluginToHost } from "../../../src/protocol/plugin/methods.ts";
import { createConnection } from "../../../src/rpc/connection.ts";
import { memoryPair } from "../../../src/rpc/memory.ts";
import { failureOf, kindOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { connected, turns, withRawPeer } from "./support.ts";

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
