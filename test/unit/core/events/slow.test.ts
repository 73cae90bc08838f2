import assert from "node:assert/strict";
import fc from "fast-check";
import { Failure } from "../../../../src/base/failure.ts";
import type { Batch } from "../../../../src/core/events/mailbox.ts";
import { limits } from "../../../../src/protocol/limits.ts";
import { listen, settle, setUp } from "./hearer.ts";

describe("a slow subscriber", () => {
  it("gets one batch at a time, and the rest when it can take more", async () => {
    const { bus, say } = setUp();
    const hearer = listen(bus, ">", { slow: true });
    say("x");
    await settle();
    for (let count = 0; count < 5; count++) say("y");
    await settle();
    assert.equal(hearer.batches.length, 1);
    hearer.answers[0]?.resolve();
    await settle();
    assert.deepEqual(hearer.seqs, [1, 2, 3, 4, 5, 6]);
  });

  it("loses the oldest over 1,000 and is told exactly what, while others lose nothing", async () => {
    const { bus, say } = setUp();
    const stuck = listen(bus, ">", { slow: true, subscriber: "stuck" });
    const healthy = listen(bus, ">", { subscriber: "healthy" });
    say("x");
    await settle();
    for (let count = 0; count < 1_500; count++) say("x");
    await settle();
    assert.equal(healthy.seqs.length, 1_501);
    stuck.slow = false;
    stuck.answers[0]?.resolve();
    await settle();
    assert.deepEqual(stuck.batches[1]?.lost, { from: 2, to: 501, count: 500 });
    assert.deepEqual(stuck.seqs, [1, ...Array.from({ length: 1_000 }, (_, index) => 502 + index)]);
    assert.equal(stuck.lost, 500);
  });

  it("keeps the newest of each topic where it asked for the latest", async () => {
    const { bus, say } = setUp();
    const hearer = listen(bus, ">", { slow: true, whenSlow: "latest" });
    say("x");
    await settle();
    for (let count = 0; count < 1_001; count++) say(count % 2 ? "odd" : "even");
    hearer.slow = false;
    hearer.answers[0]?.resolve();
    await settle();
    assert.deepEqual(hearer.seqs, [1, 1_001, 1_002]);
    assert.deepEqual(hearer.batches[1]?.lost, { from: 2, to: 1_000, count: 999 });
  });

  it("has at most 64 unacknowledged events on their way", async () => {
    const { bus, say } = setUp();
    const hearer = listen(bus, ">", { slow: true, whenSlow: "ack" });
    for (let count = 0; count < 10; count++) say("x");
    await settle();
    for (let count = 0; count < 200; count++) say("x");
    await settle();
    assert.deepEqual(
      hearer.batches.map(({ events }) => events.length),
      [10, 54],
    );
    hearer.answers[0]?.resolve();
    await settle();
    assert.deepEqual(
      hearer.batches.map(({ events }) => events.length),
      [10, 54, 10],
    );
    for (let answered = 1; answered < 20; answered++) {
      hearer.answers[answered]?.resolve();
      await settle();
    }
    assert.deepEqual(
      hearer.seqs,
      Array.from({ length: 210 }, (_, index) => index + 1),
    );
    assert.equal(hearer.lost, 0);
  });

  it("takes at most 8 MiB of the host over all its subscriptions", async () => {
    const { bus, say } = setUp();
    const stuck = Array.from({ length: 5 }, () => listen(bus, ">", { slow: true }));
    const healthy = listen(bus, ">", { subscriber: "healthy" });
    const data = "x".repeat(300_000);
    for (let count = 0; count < 100; count++) {
      say("x", { data });
      await settle();
      assert.ok(bus.backlogBytes("m") <= limits.eventQueueBytes);
    }
    assert.equal(healthy.seqs.length, 100);
    for (let round = 0; round < 40; round++) {
      for (const hearer of stuck) for (const answer of hearer.answers.splice(0)) answer.resolve();
      await settle();
    }
    say("end");
    await settle();
    for (const hearer of stuck) assert.equal(hearer.seqs.length + hearer.lost, 101);
  });

  it("that fails is told what it lost, and hurts nobody", async () => {
    const { bus, say, logs } = setUp();
    const healthy = listen(bus, ">", { subscriber: "healthy" });
    let fail = true;
    const batches: Batch[] = [];
    bus.subscribe({
      subscriber: "f",
      spec: { topic: ">" },
      deliver: (batch) => {
        if (fail) throw new Failure("unavailable", "gone");
        batches.push(batch);
      },
    });
    const rejecting = listen(bus, ">", { subscriber: "r", slow: true });
    say("x");
    say("y");
    await settle();
    rejecting.answers[0]?.reject(new Error("no"));
    await settle();
    fail = false;
    say("z");
    await settle();
    assert.deepEqual(
      batches.map(({ lost, events }) => [lost, events.length]),
      [[{ from: 1, to: 2, count: 2 }, 1]],
    );
    assert.deepEqual(rejecting.batches[1]?.lost, { from: 1, to: 2, count: 2 });
    assert.deepEqual(healthy.seqs, [1, 2, 3]);
    assert.equal(logs.length, 2);
  });

  it("that leaves is forgotten, with all that waited for it", async () => {
    const { bus, say } = setUp();
    const hearer = listen(bus, ">", { slow: true });
    say("x");
    await settle();
    say("y");
    assert.ok(bus.backlogBytes("m") > 0);
    hearer.dispose();
    hearer.dispose();
    assert.equal(bus.backlogBytes("m"), 0);
    hearer.answers[0]?.resolve();
    assert.equal(say("z").delivered, 0);
    await settle();
    assert.deepEqual(hearer.types, ["x"]);
  });

  it("that leaves does not change what another of its subscriptions may hold", async () => {
    const { bus, say } = setUp();
    const gone = listen(bus, "x", { slow: true });
    const stays = listen(bus, "y", { slow: true });
    say("x");
    say("y");
    await settle();
    gone.dispose();
    const held = bus.backlogBytes("m");
    assert.ok(held > 0);
    gone.answers[0]?.resolve();
    await settle();
    assert.equal(bus.backlogBytes("m"), held);
    stays.answers[0]?.resolve();
    await settle();
    assert.equal(bus.backlogBytes("m"), 0);
  });

  it("never gets an event twice or out of order, and every event is delivered or counted as lost", async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("say" as const) },
      { weight: 2, arbitrary: fc.constantFrom("flood" as const) },
      { weight: 2, arbitrary: fc.constantFrom("answer" as const) },
      { weight: 1, arbitrary: fc.constantFrom("fail" as const) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("latest", "dropOldest", "ack"),
        fc.array(step, { maxLength: 40 }),
        async (whenSlow, steps) => {
          const { bus, say } = setUp();
          const hearer = listen(bus, ">", { whenSlow: whenSlow as "ack", slow: true });
          const failed: number[] = [];
          let said = 0;
          for (const one of steps) {
            if (one === "say") said += 1;
            if (one === "flood") said += 700;
            if (one === "say") say(`t${said % 3}`);
            if (one === "flood") for (let count = 0; count < 700; count++) say(`t${count % 3}`);
            const index = hearer.batches.length - hearer.answers.length;
            const answer = one === "answer" || one === "fail" ? hearer.answers.shift() : undefined;
            if (answer && one === "fail") failed.push(index);
            if (one === "fail") answer?.reject(new Error("no"));
            else answer?.resolve();
            await settle();
          }
          for (let round = 0; hearer.answers.length > 0 && round < 10_000; round++) {
            hearer.answers.shift()?.resolve();
            await settle();
          }
          hearer.slow = false;
          say("end");
          await settle();
          const taken = hearer.batches.filter((_, index) => !failed.includes(index));
          const seqs = taken.flatMap(({ events }) => events.map(({ seq }) => seq));
          assert.deepEqual(
            seqs,
            [...new Set(seqs)].sort((one, other) => one - other),
          );
          const lost = taken.reduce((sum, batch) => sum + (batch.lost?.count ?? 0), 0);
          assert.equal(seqs.length + lost, said + 1);
        },
      ),
      { numRuns: 60 },
    );
  });
});
