import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import { deferred } from "../../../src/base/deferred.ts";
import { limits } from "../../../src/protocol/limits.ts";
import type { Incoming } from "../../../src/rpc/types.ts";
import { failureOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { connected, turns, withRawPeer } from "./support.ts";

const most = limits.streamCount;
const eagerly = { everyMs: 1 };

/** A request of `a` to `b`, whose handler is played by the test; the pieces wait in `taken` until the test takes them. */
function streaming(options: { timeoutMs?: number; signal?: AbortSignal } = {}, clock = new FakeClock()) {
  const begun = deferred<Incoming>();
  const done = deferred<unknown>();
  const { a, b } = connected(
    { streaming: true, clock },
    {
      streaming: true,
      clock,
      handlers: {
        work: (_, incoming) => {
          begun.resolve(incoming);
          return done.promise as never;
        },
      },
    },
  );
  const came: { partial: unknown; take: () => void }[] = [];
  const answer = a.request(
    "work",
    {},
    {
      ...options,
      onProgress: ({ partial }) => {
        const taken = deferred<void>();
        came.push({ partial, take: () => taken.resolve() });
        return taken.promise;
      },
    },
  );
  answer.catch(() => {});
  return { a, b, answer, came, begun: begun.promise, done, clock };
}

describe("credit for the pieces of a result", () => {
  it("lets a window of them go, the next as those are taken, and the answer after the last", async () => {
    const { answer, came, begun, done, clock } = streaming();
    const incoming = await begun;
    let sent = 0;
    for (let n = 0; n < most + 40; n++) void incoming.progress({ partial: n }).then(() => sent++);
    done.resolve({ done: true });
    await until("a window came", () => came.length === most, eagerly);
    let answered = false;
    answer.then(() => {
      answered = true;
    });
    await turns(10);
    assert.deepEqual([came.length, sent, answered], [most, most, false]);
    came[0]?.take();
    await turns(10);
    assert.equal(came.length, most, "what was taken is told a quarter of the window at a time, or after a while");
    clock.advance(50);
    await until("one more came", () => came.length === most + 1, eagerly);
    for (let at = 1; at < most + 40; at++) {
      await until("it came", () => came[at], eagerly);
      came[at]?.take();
      if (at % 8 === 0) {
        await turns(2);
        clock.advance(50);
      }
    }
    assert.deepEqual(await answer, { done: true });
    assert.deepEqual(
      came.map(({ partial }) => partial),
      [...Array(most + 40).keys()],
    );
  });

  it("lets one piece pass that is larger than the whole window", async () => {
    const { came, begun, done, answer } = streaming();
    const incoming = await begun;
    const large = "x".repeat(3 * limits.streamBytes);
    void incoming.progress({ partial: large });
    void incoming.progress({ partial: "next" });
    await until("it came", () => came.length === 1, eagerly);
    await turns(10);
    assert.equal(came.length, 1, "the next has no credit");
    came[0]?.take();
    await until("the next came", () => came.length === 2, eagerly);
    came[1]?.take();
    done.resolve({ done: true });
    assert.deepEqual(await answer, { done: true });
  });

  it("stops the clock of the request while pieces wait to be taken", async () => {
    const { came, begun, clock, answer } = streaming({ timeoutMs: 1_000 });
    void (await begun).progress({ partial: 1 });
    await until("it came", () => came.length === 1, eagerly);
    let settled = false;
    answer.catch(() => {
      settled = true;
    });
    clock.advance(60_000);
    await turns(5);
    assert.equal(settled, false);
    came[0]?.take();
    await turns(5);
    clock.advance(999);
    await turns(5);
    clock.advance(1);
    const failure = await failureOf(answer);
    assert.match(failure.message, /within 1000 ms/);
  });

  it("gives whoever waits for it a cancel, and no result that lacks pieces", async () => {
    const controller = new AbortController();
    const { begun, done, answer, came } = streaming({ signal: controller.signal });
    const incoming = await begun;
    const sent = [...Array(most + 5).keys()].map((n) => incoming.progress({ partial: n }));
    await until("a window came", () => came.length === most, eagerly);
    done.resolve({ done: true });
    await turns(5);
    controller.abort();
    assert.equal((await failureOf(sent.at(-1) as Promise<void>)).kind, "cancelled");
    assert.equal((await failureOf(answer)).kind, "cancelled");
  });

  it("is the sender's to keep to: one piece too many ends the request, and the peer is told", async () => {
    const { peer, connection } = withRawPeer({ streaming: true });
    const answer = connection.request("work", {}, { onProgress: () => new Promise(() => {}) });
    const { id, params } = await peer.next("it is asked", ({ method }) => method === "work");
    const token = (params?._meta as { progressToken: number } | undefined)?.progressToken;
    const pieces = [...Array(most + 1).keys()].map((partial) => ({
      ...{ jsonrpc: "2.0", method: "$/progress", params: { token, value: { partial } } },
    }));
    peer.send(...pieces, { jsonrpc: "2.0", id, result: { done: true } });
    const failure = await failureOf(answer);
    assert.equal(failure.kind, "overloaded");
    assert.equal(failure.details?.limit, most);
    const cancel = await peer.next("the peer is told", ({ method }) => method === "$/cancelRequest");
    assert.equal(cancel.params?.id, id);
  });

  it("counts only as far as pieces were sent, whatever is claimed", async () => {
    let incoming: Incoming | undefined;
    const { peer } = withRawPeer({
      streaming: true,
      handlers: {
        work: (_, given) => {
          incoming = given;
          return new Promise(() => {});
        },
      },
    });
    peer.send({ jsonrpc: "2.0", id: 1, method: "work", params: { _meta: { progressToken: "t" } } });
    await until("it works", () => incoming, eagerly);
    peer.send({ jsonrpc: "2.0", method: "$/credit", params: { token: "t", consumed: 1_000_000 } });
    for (let n = 0; n < most + 10; n++) void incoming?.progress({ partial: n });
    const pieces = () => peer.received.filter(({ method }) => method === "$/progress").length;
    await until("a window came", () => pieces() === most, eagerly);
    for (const consumed of [most + 1, -1, 1.5, "all"])
      peer.send({ jsonrpc: "2.0", method: "$/credit", params: { token: "t", consumed } });
    peer.send({ jsonrpc: "2.0", method: "$/credit", params: { token: "other", consumed: 5 } });
    await turns(10);
    assert.equal(pieces(), most);
    peer.send({ jsonrpc: "2.0", method: "$/credit", params: { token: "t", consumed: 10 } });
    await until("the rest came", () => pieces() === most + 10, eagerly);
  });
});
