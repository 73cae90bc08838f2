import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import { Failure } from "../../../src/base/failure.ts";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { kindOf } from "../../support/failures.ts";
import { connected, turns, withRawPeer } from "./support.ts";

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

describe("a cancel", () => {
  it("is answered within 2 s for a handler that takes no notice of it, and what it says later is nobody's", async () => {
    const clock = new FakeClock();
    let finish = (_value: unknown) => {};
    let handled = 0;
    const { peer, connection } = withRawPeer({
      clock,
      handlers: {
        echo: () => {
          handled++;
          return new Promise((resolve) => {
            finish = resolve;
          });
        },
      },
    });
    peer.send({ jsonrpc: "2.0", id: "a", method: "echo", params: { value: 1 } });
    peer.send({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: "a" } });
    peer.send({ jsonrpc: "2.0", id: "ping", method: "$/ping" });
    await peer.answer("ping");
    clock.advance(1_999);
    assert.equal(peer.received.length, 1);
    clock.advance(1);
    assert.equal((await peer.answer("a")).error?.code, -32800);
    // The id is free again, and the late result must not be taken for the answer to the new request.
    peer.send({ jsonrpc: "2.0", id: "a", method: "echo", params: { value: 2 } });
    const late = finish;
    await peer.next("it is handled", () => handled === 2);
    late("late");
    finish("in time");
    const answers = await peer.next("it is answered", ({ id, result }) => id === "a" && result !== undefined);
    assert.equal(answers.result, "in time");
    assert.equal(peer.received.filter(({ id }) => id === "a").length, 2);
    connection.close("end of test");
  });

  it("that a peer must answer and does not, in 10 s, breaks the channel; one that it answers late is forgiven", async () => {
    const clock = new FakeClock();
    const { peer, connection } = withRawPeer({ clock, mustAnswerCancels: true, peer: 'plugin "bad"' });
    const cancelled = async (value: number) => {
      const controller = new AbortController();
      const answer = kindOf(connection.request("echo", { value }, { signal: controller.signal }));
      const { id } = await peer.next("it came", ({ method, params }) => method === "echo" && params?.value === value);
      controller.abort();
      clock.advance(2_000);
      assert.equal(await answer, "cancelled");
      return id;
    };
    const first = await cancelled(1);
    clock.advance(7_900);
    peer.send({ jsonrpc: "2.0", id: first, error: { code: -32800, message: "Cancelled." } });
    peer.send({ jsonrpc: "2.0", id: "ping", method: "$/ping" });
    await peer.answer("ping");
    await cancelled(2);
    const other = kindOf(connection.request("work", {}, { timeoutMs: Number.POSITIVE_INFINITY }));
    clock.advance(7_999);
    assert.equal(connection.load.outstanding, 1, "it is not over yet");
    clock.advance(1);
    const { kind, message } = await connection.closed;
    assert.equal(kind, "broken");
    assert.equal(message, 'Plugin "bad" did not answer "echo" after it was cancelled.');
    assert.equal(await other, "unavailable");
  });

  it("is not held against the peer while we ourselves were asleep", async () => {
    const clock = new FakeClock();
    const now = clock.now.bind(clock);
    let asleep = 0;
    const sleepy = { now: () => now() + asleep, after: clock.after.bind(clock) };
    const { peer, connection } = withRawPeer({ clock: sleepy, mustAnswerCancels: true });
    const answer = kindOf(connection.request("echo", { value: 1 }, { timeoutMs: 100 }));
    const { id } = await peer.next("it came", ({ method }) => method === "echo");
    clock.advance(100);
    assert.equal(await answer, "timeout");
    asleep = 3_600_000;
    clock.advance(10_000);
    peer.send({ jsonrpc: "2.0", id, result: null }, { jsonrpc: "2.0", id: "ping", method: "$/ping" });
    await peer.answer("ping");
    clock.advance(20_000);
    assert.deepEqual(connection.load, { outstanding: 0, queuedBytes: 0 });
    connection.close("end of test");
    assert.equal((await connection.closed).kind, "closed", "nothing closed it before");
  });
});
