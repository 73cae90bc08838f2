import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { limits } from "../../../../src/protocol/limits.ts";
import { listen, settle, setUp } from "./hearer.ts";

describe("a queue group", () => {
  it("shares events among the members of a group, and keeps a stuck member's share small", async () => {
    const { bus, say } = setUp();
    const first = listen(bus, "work.>", { group: "g", subscriber: "one" });
    const second = listen(bus, "work.>", { group: "g", subscriber: "two" });
    const alone = listen(bus, "work.>", { subscriber: "three" });
    for (let count = 0; count < 10; count++) assert.equal(say("work.item").delivered, 2);
    await settle();
    assert.deepEqual([first.seqs.length, second.seqs.length, alone.seqs.length], [5, 5, 10]);
    first.slow = true;
    for (let count = 0; count < 10; count++) {
      say("work.item");
      await settle();
    }
    assert.equal(first.seqs.length, 6);
    assert.equal(second.seqs.length, 14);
  });

  it("gives what a member that leaves had not acknowledged to another, in order, and what waited for it", async () => {
    const { bus, say } = setUp();
    const leaver = listen(bus, "work", { subscriber: "one", group: "g", whenSlow: "ack", slow: true });
    for (let count = 0; count < 70; count++) say("work");
    await settle();
    assert.equal(leaver.seqs.length, 64);
    const heir = listen(bus, "work", { subscriber: "two", group: "g", whenSlow: "ack" });
    assert.deepEqual(heir.seqs, []);
    leaver.dispose();
    await settle();
    assert.deepEqual(
      heir.seqs,
      [...Array(70).keys()].map((index) => index + 1),
    );
    leaver.answers[0]?.reject(new Error("gone"));
    await settle();
    assert.equal(heir.seqs.length, 70);
  });

  it("hands what a member refuses to the others, each event to one, and counts it as lost where all of them refuse", async () => {
    const { bus, say } = setUp();
    const refusing = [0, 1].map((index) =>
      bus.subscribe({
        subscriber: `broken${index}`,
        spec: { topic: "work", group: "g", whenSlow: "ack" },
        deliver: () => Promise.reject(new Error("broken")),
      }),
    );
    say("work");
    await settle();
    const hearer = listen(bus, "work", { subscriber: "fine", group: "g", whenSlow: "ack" });
    for (const one of refusing) one.dispose();
    say("work");
    await settle();
    assert.deepEqual(hearer.seqs, [2]);
    const third = bus.subscribe({
      subscriber: "broken2",
      spec: { topic: "work", group: "g", whenSlow: "ack" },
      deliver: () => Promise.reject(new Error("broken")),
    });
    for (let count = 0; count < 6; count++) say("work");
    await settle();
    assert.deepEqual(
      [...hearer.seqs].sort((one, other) => one - other),
      [2, 3, 4, 5, 6, 7, 8],
    );
    third.dispose();
  });

  it("does not hand on what was for one plugin alone", async () => {
    const { bus, say } = setUp();
    const spec = { topic: "inbox", group: "g", whenSlow: "ack" } as const;
    const leaver = listen(bus, "inbox", { ...spec, subscriber: "one", slow: true });
    const hearer = listen(bus, "inbox", { ...spec, subscriber: "two" });
    say("inbox", { to: "one" });
    await settle();
    assert.equal(leaver.seqs.length, 1);
    leaver.dispose();
    await settle();
    assert.deepEqual(hearer.seqs, []);
  });
});

describe("an event that comes of others", () => {
  it("says of how many, and is refused where there are too many", async () => {
    const { bus, say } = setUp();
    const hearer = listen(bus, "work");
    say("work", { hops: limits.eventHops });
    await settle();
    assert.equal(hearer.batches[0]?.events[0]?.hops, limits.eventHops);
    assert.throws(
      () => say("work", { hops: limits.eventHops + 1 }),
      (error) => error instanceof Failure && error.kind === "callDepth" && /comes of 9 events/.test(error.message),
    );
  });

  it("goes round among those who have the least to do, whoever is stuck beside them", async () => {
    const { bus, say } = setUp();
    const members = ["one", "two", "three"].map((subscriber) => listen(bus, "work", { group: "g", subscriber }));
    const [stuck, ...others] = members;
    if (stuck) stuck.slow = true;
    for (let count = 0; count < 31; count++) {
      say("work");
      await settle();
    }
    assert.equal(stuck?.seqs.length, 1);
    assert.deepEqual(
      others.map(({ seqs }) => seqs.length),
      [15, 15],
    );
  });

  it("gives nothing to a member that may not hear it any more, nor what waits for that one already", async () => {
    const denied = new Set<string>();
    const { bus, say } = setUp({ viewer: (subscriber) => (event) => (denied.has(subscriber) ? undefined : event) });
    const former = listen(bus, "work", { group: "g", subscriber: "former", slow: true });
    for (let count = 0; count < 4; count++) {
      say("work");
      await settle();
    }
    assert.deepEqual(former.seqs, [1], "the others wait");
    const other = listen(bus, "work", { group: "g", subscriber: "other" });
    denied.add("former");
    for (let count = 0; count < 4; count++) say("work");
    former.answers[0]?.resolve();
    await settle();
    assert.deepEqual([former.seqs, [...other.seqs].sort()], [[1], [2, 3, 4, 5, 6, 7, 8]]);
    assert.deepEqual([former.lost, other.lost, bus.backlogBytes("former")], [0, 0, 0]);
  });
});
