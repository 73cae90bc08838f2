import assert from "node:assert/strict";
import { limits } from "../../../../src/protocol/limits.ts";
import { listen, settle, setUp } from "./hearer.ts";

describe("an event that is kept", () => {
  it("waits for a subscription that acknowledges, and is gone when it did", async () => {
    const { bus, say } = setUp();
    say("order", { keep: true, data: 1 });
    const deaf = listen(bus, ">", { subscriber: "deaf" });
    const first = listen(bus, "order", { whenSlow: "ack", slow: true, subscriber: "one" });
    await settle();
    assert.deepEqual([deaf.seqs, first.seqs], [[], [1]]);
    first.answers[0]?.reject(new Error("crashed"));
    await settle();
    first.dispose();
    const second = listen(bus, "order", { whenSlow: "ack", slow: true, subscriber: "one" });
    await settle();
    assert.deepEqual(second.seqs, [1], "not acknowledged, so it comes again");
    second.answers[0]?.resolve();
    await settle();
    const third = listen(bus, "order", { whenSlow: "ack" });
    await settle();
    assert.deepEqual(third.seqs, []);
  });

  it("is not acknowledged by somebody who may not see it", async () => {
    let hidden = true;
    const { bus, say } = setUp({ viewer: () => (event) => (hidden ? undefined : event) });
    say("order", { keep: true });
    listen(bus, "order", { whenSlow: "ack" }).dispose();
    listen(bus, "order", { whenSlow: "ack" });
    await settle();
    hidden = false;
    const allowed = listen(bus, "order", { whenSlow: "ack" });
    await settle();
    assert.deepEqual(allowed.seqs, [1]);
  });

  it("is given up, oldest first, when its source keeps too many, and that is logged", async () => {
    const { bus, say, logs } = setUp();
    for (let count = 0; count < limits.eventQueueCount + 2; count++) say("order", { keep: true });
    const hearer = listen(bus, "order", { whenSlow: "ack" });
    await settle();
    assert.equal(hearer.seqs[0], 3);
    assert.equal(logs.length, 2);
  });

  it("comes once where it is both kept and the latest, and to a group once", async () => {
    const { bus, say } = setUp();
    say("order", { keep: true, latest: true });
    const both = listen(bus, "order", { whenSlow: "ack", slow: true, group: "g", subscriber: "one" });
    const second = listen(bus, "order", { whenSlow: "ack", group: "g", subscriber: "two" });
    await settle();
    assert.deepEqual([both.seqs, second.seqs], [[1], []]);
  });
});
