import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import type { Incoming, ProgressValue } from "../../../src/rpc/types.ts";
import { until } from "../../support/until.ts";
import { connected, turns, withRawPeer } from "./support.ts";

function tokenOf(params: Record<string, unknown> | undefined): number {
  const meta = params?._meta as { progressToken?: number } | undefined;
  assert.ok(typeof meta?.progressToken === "number", "the request carries a token");
  return meta.progressToken;
}

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
