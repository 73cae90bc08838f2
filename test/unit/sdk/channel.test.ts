import assert from "node:assert/strict";
import { type Deferred, deferred } from "../../../src/base/deferred.ts";
import { Failure } from "../../../src/base/failure.ts";
import type { PluginToHost } from "../../../src/protocol/plugin/methods.ts";
import type { Connection } from "../../../src/rpc/types.ts";
import { HostChannel } from "../../../src/sdk/channel.ts";

/** A host that answers when it is told to. */
function fakeHost() {
  const asked: { topic: string; answer: Deferred<unknown> }[] = [];
  const connection = {
    request(_method: string, { topic }: { topic: string }) {
      const answer = deferred<unknown>();
      asked.push({ topic, answer });
      return answer.promise;
    },
  } as unknown as Connection<PluginToHost>;
  return { asked, connection };
}

const microtasks = () => new Promise((resolve) => setImmediate(resolve));

describe("the SDK's channel to the host", () => {
  it("sends what waited for the host before what comes when it is ready", async () => {
    const { asked, connection } = fakeHost();
    const channel = new HostChannel();
    const ask = (topic: string) => void channel.request("publish", { topic, data: null });
    ask("a");
    ask("b");
    await microtasks();
    assert.equal(asked.length, 0);
    channel.open(connection);
    ask("c");
    await microtasks();
    ask("d");
    assert.deepEqual(
      asked.map(({ topic }) => topic),
      ["a", "b", "c", "d"],
    );
  });

  it("keeps to the host's places, and gives each that is free to the next in line, also after a failure", async () => {
    const { asked, connection } = fakeHost();
    const channel = new HostChannel();
    channel.agree({}, { outstandingRequests: 6 });
    channel.open(connection);
    await microtasks();
    const ended: string[] = [];
    const all = Array.from({ length: 5 }, (_, n) =>
      channel.request("publish", { topic: `t${n}`, data: null }).then(
        () => ended.push(`t${n}`),
        (error: Failure) => ended.push(`t${n} ${error.kind}`),
      ),
    );
    assert.equal(asked.length, 2);
    asked[1]?.answer.reject(new Failure("denied", "No."));
    await microtasks();
    assert.equal(asked.length, 3);
    for (let n = 0; n < 5; n++) {
      asked[n]?.answer.resolve({ eventId: "e" });
      await microtasks();
    }
    await Promise.all(all);
    assert.deepEqual(
      asked.map(({ topic }) => topic),
      ["t0", "t1", "t2", "t3", "t4"],
    );
    assert.deepEqual(ended, ["t1 denied", "t0", "t2", "t3", "t4"]);
    const after = [
      channel.request("publish", { topic: "u0", data: null }),
      channel.request("publish", { topic: "u1", data: null }),
    ];
    assert.equal(asked.length, 7, "both places are free again");
    for (const { answer } of asked.slice(5)) answer.resolve({ eventId: "e" });
    await Promise.all(after);
  });

  it("fails what never left when the host goes away before it was ready", async () => {
    const channel = new HostChannel();
    const waiting = channel.request("publish", { topic: "a", data: null });
    channel.end("The channel to the host is closed.");
    await assert.rejects(waiting, { kind: "unavailable" });
    await assert.rejects(channel.request("publish", { topic: "b", data: null }), { kind: "unavailable" });
  });
});
