import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import type { Incoming, ProgressValue } from "../../../src/rpc/types.ts";
import { failureOf, kindOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { connected, turns, withRawPeer } from "./support.ts";

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
            return new Promise<never>(() => {});
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
