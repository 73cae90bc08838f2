import assert from "node:assert/strict";
import { limits } from "../../../../src/protocol/limits.ts";
import { listen, settle, setUp } from "./hearer.ts";

describe("an event that is kept", () => {
  it("waits for a subscription that acknowledges, and is gone when it did", async () => {
    const { bus, keep } = setUp();
    await keep("order", { data: 1 });
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
    const { bus, keep } = setUp({ viewer: () => (event) => (hidden ? undefined : event) });
    await keep("order");
    listen(bus, "order", { whenSlow: "ack" }).dispose();
    listen(bus, "order", { whenSlow: "ack" });
    await settle();
    hidden = false;
    const allowed = listen(bus, "order", { whenSlow: "ack" });
    await settle();
    assert.deepEqual(allowed.seqs, [1]);
  });

  it("is given up, oldest first, when its source keeps too many, and who would have got it is told how many, once", async () => {
    const { bus, keep, logs } = setUp({ limits: () => ({ ...limits, keptEventCount: 10 }) });
    await keep("other");
    for (let count = 0; count < 12; count++) await keep("order");
    assert.equal(logs.length, 3);
    const deaf = listen(bus, ">", { subscriber: "deaf" });
    const first = listen(bus, "order", { whenSlow: "ack", slow: true });
    await settle();
    assert.deepEqual(first.batches[0]?.lost, { from: 2, to: 3, count: 2 });
    assert.deepEqual([first.seqs[0], first.seqs.length, deaf.lost], [4, 10, 0]);
    first.dispose();
    const second = listen(bus, "order", { whenSlow: "ack", slow: true });
    await settle();
    assert.equal(second.lost, 2, "not acknowledged, so it is told again");
    second.answers[0]?.resolve();
    await settle();
    const third = listen(bus, "order", { whenSlow: "ack" });
    const fourth = listen(bus, "other", { whenSlow: "ack" });
    await settle();
    assert.deepEqual([third.batches, fourth.batches], [[], [{ events: [], lost: { from: 1, to: 1, count: 1 } }]]);
  });

  it("does not count as lost where who had it in its queue acknowledged it after it was given up", async () => {
    const { bus, keep } = setUp({ limits: () => ({ ...limits, keptEventCount: 2 }) });
    const slow = listen(bus, "order", { whenSlow: "ack", slow: true, subscriber: "slow" });
    await keep("order");
    await settle();
    for (let count = 0; count < 3; count++) await keep("order");
    slow.answers[0]?.resolve();
    await settle();
    const late = listen(bus, "order", { whenSlow: "ack" });
    await settle();
    assert.deepEqual([late.seqs, late.lost], [[3, 4], 1], "the second was never acknowledged");
  });

  it("keeps no more than 8 MiB of a source, apart from what it keeps as the latest", async () => {
    const { bus, keep, say } = setUp();
    const data = "x".repeat(1024 * 1024 - 1_000);
    for (let n = 0; n < 10; n++) {
      await keep("order", { data });
      say(`now.${n}`, { data, latest: true });
    }
    const hearer = listen(bus, ">", { whenSlow: "ack" });
    await settle();
    const count = (type: RegExp) => hearer.types.filter((one) => type.test(one)).length;
    assert.deepEqual([count(/order/) <= 8, hearer.lost >= 2, count(/now/) <= 8], [true, true, true]);
  });

  it("comes once where it is both kept and the latest, and to a group once", async () => {
    const { bus, keep } = setUp();
    await keep("order", { latest: true });
    const both = listen(bus, "order", { whenSlow: "ack", slow: true, group: "g", subscriber: "one" });
    const second = listen(bus, "order", { whenSlow: "ack", group: "g", subscriber: "two" });
    await settle();
    assert.deepEqual([both.seqs, second.seqs], [[1], []]);
  });
});
