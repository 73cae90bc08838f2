import assert from "node:assert/strict";
import fc from "fast-check";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { failureOf } from "../../support/failures.ts";
import { framed, turns, withRawPeer } from "./support.ts";

/** Whatever a peer writes, a handler gets exactly what was checked, and an answer reaches only the request that it answers. */
describe("spoofing", () => {
  for (const [what, body] of [
    ["in the params", '{"jsonrpc":"2.0","id":1,"method":"echo","params":{"value":1,"__proto__":{"admin":true}}}'],
    ["deep inside a value", '{"jsonrpc":"2.0","id":1,"method":"echo","params":{"value":[{"a":{"__proto__":{}}}]}}'],
    [
      "written with escapes",
      '{"jsonrpc":"2.0","id":1,"method":"echo","params":{"value":{"\\u005f_pro\\u0074o__":{}}}}',
    ],
    ["in the envelope", '{"jsonrpc":"2.0","__proto__":{"method":"echo"},"id":1,"method":"echo","params":{"value":1}}'],
  ] as const) {
    it(`a "__proto__" key ${what} is refused`, async () => {
      const { peer, calls } = withRawPeer();
      peer.write(framed(body));
      const { error } = await peer.answer(1);
      assert.equal(error?.code, errorCodes.invalidRequest);
      assert.match(error?.message ?? "", /__proto__/);
      assert.deepEqual(calls, []);
      assert.equal(({} as { admin?: boolean }).admin, undefined);
    });
  }

  it('text that only mentions "__proto__" passes', async () => {
    const { peer } = withRawPeer();
    peer.send({ jsonrpc: "2.0", id: 1, method: "echo", params: { value: '{"__proto__": 1}' } });
    assert.equal((await peer.answer(1)).result, '{"__proto__": 1}');
  });

  it("answers to requests that were never made, were answered already or are another's go nowhere", async () => {
    const { peer, connection } = withRawPeer();
    const first = connection.request("echo", { value: 1 });
    const second = connection.request("echo", { value: 2 });
    const one = await peer.next("the first came", (message) => message.params?.value === 1);
    const two = await peer.next("the second came", (message) => message.params?.value === 2);
    for (const id of [999, String(one.id), -1, "constructor", "__proto__"])
      peer.send({ jsonrpc: "2.0", id, result: "spoofed" });
    peer.send({ jsonrpc: "2.0", id: one.id, result: "right" }, { jsonrpc: "2.0", id: one.id, result: "replayed" });
    assert.equal(await first, "right");
    peer.send({ jsonrpc: "2.0", id: one.id, result: "replayed" });
    await turns(4);
    assert.equal(connection.load.outstanding, 1);
    peer.send({ jsonrpc: "2.0", id: two.id, result: "right too" });
    assert.equal(await second, "right too");
    assert.ok(!peer.received.some((message) => message.error), "a response is never answered");
  });

  it('1 and "1" are two ids, for requests and for cancels', async () => {
    const signals = new Map<unknown, AbortSignal>();
    const { peer } = withRawPeer({
      handlers: {
        echo: ({ value }, { signal }) => {
          signals.set(value, signal);
          return new Promise((resolve) => signal.addEventListener("abort", () => resolve("stopped")));
        },
      },
    });
    peer.send(
      { jsonrpc: "2.0", id: 1, method: "echo", params: { value: "number" } },
      { jsonrpc: "2.0", id: "1", method: "echo", params: { value: "string" } },
      { jsonrpc: "2.0", method: "$/cancelRequest", params: { id: "1" } },
    );
    assert.equal((await peer.answer("1")).result, "stopped");
    assert.equal(signals.get("number")?.aborted, false);
  });

  it("numbers that a double cannot hold are no ids, so that no answer goes to a neighbour", async () => {
    const { peer, calls } = withRawPeer();
    for (const id of ["9007199254740993", "-9007199254740993", "1e400", "1e20", "0.1"]) {
      peer.write(framed(`{"jsonrpc":"2.0","id":${id},"method":"echo","params":{"value":1}}`));
    }
    peer.write(framed('{"jsonrpc":"2.0","id":9007199254740991,"method":"echo","params":{"value":"largest"}}'));
    assert.equal((await peer.answer(9007199254740991)).result, "largest");
    const refused = peer.received.filter((message) => message.error);
    assert.deepEqual(
      refused.map((message) => [message.id, message.error?.code]),
      Array.from({ length: 5 }, () => [null, errorCodes.invalidRequest]),
    );
    assert.equal(calls.length, 1);
  });

  it("lone surrogates survive as ids, methods and values and never become another's", async () => {
    const { peer } = withRawPeer();
    peer.write(framed('{"jsonrpc":"2.0","id":"\\ud800","method":"echo","params":{"value":"a\\udc00"}}'));
    peer.write(framed('{"jsonrpc":"2.0","id":"\\ud801","method":"\\ud83d"}'));
    assert.equal((await peer.answer("\ud800")).result, "a\udc00");
    assert.equal((await peer.answer("\ud801")).error?.code, errorCodes.methodNotFound);
  });

  it("nesting deeper than 200 is refused, whatever it is made of, and 190 passes", async () => {
    const { peer, calls } = withRawPeer();
    const nested = (depth: number, open: string, close: string) =>
      `{"jsonrpc":"2.0","id":${depth},"method":"echo","params":{"value":${open.repeat(depth)}1${close.repeat(depth)}}}`;
    peer.write(framed(nested(100_000, "[", "]")));
    peer.write(framed(nested(50_001, '{"a":', "}")));
    peer.write(framed(nested(201, "[", "]")));
    peer.write(framed(nested(190, "[", "]")));
    for (const id of [100_000, 50_001, 201])
      assert.match((await peer.answer(id)).error?.message ?? "", /nested deeper than 200/);
    assert.ok((await peer.answer(190)).result);
    assert.equal(calls.length, 1);
  });

  it("a response that looks like a request, or the other way round, is neither", async () => {
    const { peer, connection, calls } = withRawPeer();
    const answer = connection.request("echo", { value: 1 });
    const { id } = await peer.next("it came", ({ method }) => method === "echo");
    peer.send({ jsonrpc: "2.0", id, method: "echo", params: { value: "x" }, result: "spoofed" });
    await turns(4);
    assert.equal(connection.load.outstanding, 1);
    assert.deepEqual(calls, []);
    peer.send({ jsonrpc: "2.0", id, result: "real" });
    assert.equal(await answer, "real");
  });

  it("an error's code rules, whatever its data claims", async () => {
    const { peer, connection } = withRawPeer();
    const answer = failureOf(connection.request("echo", { value: 1 }));
    const { id } = await peer.next("it came", ({ method }) => method === "echo");
    peer.send({
      jsonrpc: "2.0",
      id,
      error: { code: -33002, message: "no\u001b[2J", data: { kind: "internal", rule: "7", todo: 5 } },
    });
    const failure = await answer;
    assert.deepEqual(
      [failure.kind, failure.message, failure.todo, failure.details],
      ["denied", "no[2J", undefined, { rule: "7" }],
    );
  });

  it("extra fields of the envelope do not reach a handler or an answer", async () => {
    const { peer, calls } = withRawPeer();
    peer.send({
      jsonrpc: "2.0",
      id: 1,
      method: "echo",
      params: { value: 1 },
      caller: "person",
      _meta: { callId: "x" },
    });
    const answer = await peer.answer(1);
    assert.deepEqual(calls, [{ value: 1 }]);
    assert.deepEqual(Object.keys(answer).sort(), ["id", "jsonrpc", "result"]);
  });

  it("any JSON at all as a message leaves the channel working and every handler with checked params", async () => {
    const part = fc.oneof(
      fc.constantFrom("2.0", 1, "1", null, "echo", "tell", "$/progress", "$/cancelRequest", {}, []),
      fc.jsonValue(),
    );
    const message = fc.dictionary(
      fc.constantFrom("jsonrpc", "id", "method", "params", "result", "error", "__proto__", "value", "text", "token"),
      part,
    );
    const { peer, calls, connection } = withRawPeer();
    let probe = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(message, fc.jsonValue()), async (value) => {
        const body = typeof value === "object" && value && !Array.isArray(value) ? { jsonrpc: "2.0", ...value } : value;
        peer.write(framed(JSON.stringify(body)));
        const id = `probe-${probe++}`;
        peer.send({ jsonrpc: "2.0", id, method: "echo", params: { value: id } });
        while (!peer.received.some((answer) => answer.id === id)) await turns(1);
        peer.received.length = 0;
      }),
      { numRuns: 300 },
    );
    for (const params of calls)
      assert.ok(typeof params === "object" && params !== null && ("value" in params || "text" in params));
    connection.close("done");
  });
});
