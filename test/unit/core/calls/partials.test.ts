import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { deferred } from "../../../../src/base/deferred.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

describe("pieces of a result", () => {
  const start = async () => {
    const clock = new FakeClock(1_000);
    let progress: (value: Record<string, unknown>) => void = () => {};
    const answer = deferred<unknown>();
    const offer = { description: "Goes.", action: "read", facets: { agent: true } };
    const { host, store } = await scriptedHost({
      clock,
      plugins: {
        maker: {
          manifest: {
            offers: [
              { name: "quiet", ...offer },
              { name: "lines", ...offer, streaming: true },
            ],
          },
          onRequest(method, _params, own) {
            if (method !== "call") return {};
            progress = own.progress;
            return answer.promise;
          },
        },
      },
    });
    const conversation = await host.conversations.visible();
    const seen: unknown[] = [];
    const call = (name: string) =>
      host.calls.call({
        caller: "agent",
        to: { plugin: "maker" },
        name,
        args: {},
        conversation: conversation.id,
        onProgress: (value) => void seen.push(value),
      });
    const row = () => conversation.items().find((item) => item.kind === "tool");
    return { clock, host, store, seen, answer, call, row, send: (value: Record<string, unknown>) => progress(value) };
  };

  it("of an offer that does not say that it streams are dropped, and its log says so once", async () => {
    const { host, seen, answer, call, row, send } = await start();
    const result = call("quiet");
    await until("it runs", () => row()?.status === "running");
    await until("it was asked", () => {
      send({ partial: "a piece", message: "working" });
      return seen.length > 0;
    });
    send({ partial: "another" });
    assert.deepEqual(seen, [{ message: "working" }, {}]);
    const told = () => host.activity.logOf("maker").filter((line) => line.includes("dropped"));
    assert.equal(told().length, 1);
    assert.match(told()[0] ?? "", /"quiet" was dropped.*"streaming": true/);
    const quiet = host.offers.find("maker", "quiet")?.offer;
    if (quiet) host.offers.setStatic("maker", [quiet]);
    const again = call("quiet");
    await until("it is said of the offer that is there now", () => {
      send({ partial: "a piece" });
      return told().length === 2;
    });
    answer.resolve({ all: true });
    assert.deepEqual((await result).result, { all: true });
    await again;
    await host.stop();
  });

  it("are the call's output in the panel while they come, gathered and bounded, and the result takes their place", async () => {
    const { clock, host, store, seen, answer, call, row, send } = await start();
    const shown: (string | undefined)[] = [];
    const result = call("lines");
    await until("it was asked", () => {
      send({ partial: { text: "one\n" } });
      return seen.length > 0;
    });
    host.conversations.onDidChange((change) => {
      if (change.type === "item" && change.item.kind === "tool") shown.push(change.item.output);
    });
    send({ partial: "two\n" });
    send({ partial: { n: 3 } });
    assert.equal(shown.length, 0, "pieces are gathered");
    clock.advance(100);
    assert.deepEqual(shown, ["one\ntwo\n"]);
    send({ partial: "x".repeat(10_000) });
    clock.advance(100);
    assert.equal(shown[1]?.length, 4_000);
    assert.match(shown[1] ?? "", /^…x+$/);
    send({ partial: "never drawn" });
    answer.resolve("all of it");
    const { record } = await result;
    assert.equal(row()?.output, "all of it");
    assert.equal(record.soFar, undefined);
    assert.doesNotMatch(JSON.stringify([...store.calls.values()]), /two|never drawn/);
    const before = shown.length;
    clock.advance(1_000);
    assert.equal(shown.length, before, "nothing is drawn after the end");
    await host.stop();
  });
});
