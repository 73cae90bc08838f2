import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeClock } from "../../../../src/base/clock.ts";
import { type Deferred, deferred } from "../../../../src/base/deferred.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { countingIds } from "../../../../src/base/ids.ts";
import { EventBus, type EventBusOptions, type Publication } from "../../../../src/core/events/bus.ts";
import type { Batch } from "../../../../src/core/events/mailbox.ts";
import type { JournalRow } from "../../../../src/core/journal/records.ts";
import { limits } from "../../../../src/protocol/limits.ts";
import { deliverParams, type Subscription } from "../../../../src/protocol/plugin/events.ts";

function setUp(options: Partial<EventBusOptions> = {}) {
  const journal: JournalRow[] = [];
  const logs: string[] = [];
  const clock = new FakeClock(50);
  const bus = new EventBus({
    clock,
    ids: countingIds(),
    logger: { log: (_level, message) => logs.push(message) },
    onJournal: (row) => journal.push(row),
    ...options,
  });
  const say = (type: string, more: Partial<Publication> = {}) =>
    bus.publish({ type, source: "a", data: null, ...more });
  return { bus, journal, logs, clock, say };
}

/** A subscriber that takes everything at once, or only what it is told to take. */
class Hearer {
  readonly batches: Batch[] = [];
  readonly answers: Deferred<void>[] = [];
  slow = false;

  readonly deliver = (batch: Batch): Promise<void> | void => {
    deliverParams.parse({ subscription: "s", ...batch });
    this.batches.push(batch);
    if (!this.slow) return;
    const answer = deferred<void>();
    this.answers.push(answer);
    return answer.promise;
  };

  get seqs(): number[] {
    return this.batches.flatMap(({ events }) => events.map(({ seq }) => seq));
  }

  get types(): string[] {
    return this.batches.flatMap(({ events }) => events.map(({ type }) => type));
  }

  get lost(): number {
    return this.batches.reduce((sum, { lost }) => sum + (lost?.count ?? 0), 0);
  }
}

/** Lets all that is queued in microtasks happen. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function listen(
  bus: EventBus,
  topic: string,
  spec: Partial<Subscription> & { subscriber?: string; slow?: boolean } = {},
) {
  const { subscriber = "m", slow = false, ...rest } = spec;
  const hearer = new Hearer();
  hearer.slow = slow;
  const subscription = bus.subscribe({ subscriber, spec: { topic, ...rest }, deliver: hearer.deliver });
  return Object.assign(hearer, { dispose: () => subscription.dispose() });
}

describe("the event bus", () => {
  it("delivers in order, stamped, in batches of one tick, to those whose pattern fits", async () => {
    const { bus, journal, say } = setUp({ firstSeq: 7 });
    const all = listen(bus, ">");
    const some = listen(bus, "weather.*");
    assert.deepEqual(say("weather.rain", { data: { mm: 3 }, conversation: "c1" }), {
      eventId: "event-1",
      delivered: 2,
    });
    assert.deepEqual(say("other"), { eventId: "event-2", delivered: 1 });
    assert.equal(all.batches.length, 0, "publishing waits for nobody");
    await settle();
    assert.deepEqual(all.seqs, [7, 8]);
    assert.equal(all.batches.length, 1);
    assert.deepEqual(some.batches, [
      { events: [{ seq: 7, type: "weather.rain", source: "a", timestamp: 50, data: { mm: 3 }, conversation: "c1" }] },
    ]);
    assert.deepEqual(
      journal.map(({ seq, type }) => [seq, type]),
      [
        [7, "weather.rain"],
        [8, "other"],
      ],
    );
  });

  it("never sends more than 100 events or a few MiB at once", async () => {
    const { bus, say } = setUp();
    const hearer = listen(bus, ">");
    for (let count = 0; count < 250; count++) say("x");
    await settle();
    assert.deepEqual(
      hearer.batches.map(({ events }) => events.length),
      [100, 100, 50],
    );
    for (let count = 0; count < 6; count++) say("large", { data: "x".repeat(900_000) });
    await settle();
    assert.deepEqual(
      hearer.batches.slice(3).map(({ events }) => events.length),
      [2, 2, 2],
    );
  });

  it("refuses the host's topics to plugins, and mail without an address", () => {
    const { bus, say } = setUp();
    assert.throws(() => say("tool.callEnd"), { kind: "denied" });
    assert.throws(() => say("state.plugin.x"), { kind: "denied" });
    assert.throws(() => say("plugin"), { kind: "denied" });
    assert.throws(() => say("inbox"), { kind: "invalidParams" });
    assert.throws(() => say("weather", { to: "b" }), { kind: "invalidParams" });
    assert.equal(bus.publish({ type: "tool.callEnd", source: "host", data: {} }).eventId, "event-1");
    assert.equal(say("toolbox.opened").eventId, "event-2");
  });

  it("brings direct messages to their addressee alone", async () => {
    const { bus, say } = setUp();
    const own = listen(bus, "inbox", { subscriber: "b" });
    const nosy = listen(bus, ">", { subscriber: "c" });
    assert.equal(say("inbox", { to: "b", data: "hi" }).delivered, 1);
    await settle();
    assert.deepEqual([own.types, nosy.types], [["inbox"], []]);
  });

  it("keeps to the conversation that a subscription names", async () => {
    const { bus, say } = setUp();
    const hearer = listen(bus, ">", { conversation: "c1" });
    say("x", { conversation: "c1" });
    say("y", { conversation: "c2" });
    say("z");
    await settle();
    assert.deepEqual(hearer.types, ["x"]);
  });

  it("counts the same thing said twice once", async () => {
    const { bus, say, journal } = setUp();
    const hearer = listen(bus, ">");
    const first = say("x", { dedupeKey: "k" });
    assert.deepEqual(say("x", { dedupeKey: "k" }), { eventId: first.eventId, delivered: 0 });
    assert.notEqual(say("y", { dedupeKey: "k" }).eventId, first.eventId);
    assert.notEqual(say("x", { dedupeKey: "k", source: "b" }).eventId, first.eventId);
    await settle();
    assert.deepEqual([hearer.seqs.length, journal.length], [3, 3]);
  });

  it("gives late subscribers the last of what is kept as latest, by topic, source and what it is about", async () => {
    const { bus, say } = setUp();
    const state = (pluginId: string, n: number) =>
      bus.publish({ type: "plugin.activated", source: "host", latest: pluginId, data: { pluginId, n } });
    state("hello", 1);
    state("calculator", 2);
    state("hello", 3);
    say("mood", { latest: true, data: "old" });
    say("mood", { latest: true, data: "new" });
    say("mood", { latest: true, data: "of b", source: "b" });
    say("mood", { data: "passing" });
    const late = listen(bus, ">");
    const other = listen(bus, "plugin.error");
    await settle();
    assert.deepEqual(late.seqs, [2, 3, 5, 6]);
    assert.deepEqual(other.batches, []);
  });

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

  it("hides what a subscriber may not see when it is delivered, and withholds it where hiding fails", async () => {
    let allowed = true;
    const { bus, say, logs } = setUp({
      viewer: (subscriber) => (event) => {
        if (event.type === "broken") throw new Error("bug");
        if (subscriber !== "m") return event;
        return allowed ? { ...event, data: "hidden" } : undefined;
      },
    });
    const seen = listen(bus, ">");
    const trusted = listen(bus, ">", { subscriber: "t" });
    say("x", { data: "secret" });
    say("broken");
    await settle();
    assert.deepEqual(seen.batches, [{ events: [{ seq: 1, type: "x", source: "a", timestamp: 50, data: "hidden" }] }]);
    assert.deepEqual(
      trusted.batches[0]?.events.map(({ data }) => data),
      ["secret"],
    );
    assert.equal(logs.length, 2);
    say("y");
    allowed = false;
    await settle();
    assert.deepEqual(seen.types, ["x"], "revoked between publish and delivery");
    assert.equal(seen.lost, 0);
    assert.equal(bus.backlogBytes("m"), 0);
  });

  it("replaces the large fields of a large event, also in the journal, and drops nothing", async () => {
    const stored = new Map<string, unknown>();
    const { bus, say, journal } = setUp({
      putContent: (value) => {
        stored.set("content-1", value);
        return "content-1";
      },
    });
    const hearer = listen(bus, ">");
    const result = "x".repeat(limits.eventBytes);
    say("big", { data: { name: "n", result } });
    await settle();
    const data = { name: "n", result: { $reference: "content-1", type: "string", bytes: limits.eventBytes + 8 } };
    assert.deepEqual(hearer.batches[0]?.events[0]?.data, data);
    assert.deepEqual(journal[0]?.data, data);
    assert.equal(stored.get("content-1"), result);
  });

  it("calls the host's listeners at once, with what only the host sees, and survives one that throws", () => {
    const { bus, say, logs } = setUp();
    const heard: unknown[] = [];
    bus.on("x.*", () => {
      throw new Error("bug");
    });
    const own = bus.on("x.*", (event, details) => heard.push([event.type, details]));
    say("x.y", { show: true, rule: "r1", callId: "call-1" });
    assert.deepEqual(heard, [["x.y", { eventId: "event-1", show: true, callId: "call-1", rule: "r1" }]]);
    assert.deepEqual(logs, ["A listener of the host failed"]);
    own.dispose();
    say("x.y");
    assert.equal(heard.length, 1);
  });

  it("puts the call and the rule into the journal, and goes on when the journal does not take a row", async () => {
    const { journal, say } = setUp();
    say("x", { rule: "r1", callId: "call-1", conversation: "c1", data: 1 });
    assert.deepEqual(journal, [
      { seq: 1, type: "x", source: "a", timestamp: 50, data: 1, conversation: "c1", callId: "call-1", rule: "r1" },
    ]);
    const broken = setUp({
      onJournal: () => {
        throw new Error("full");
      },
    });
    const hearer = listen(broken.bus, ">");
    broken.say("x");
    await settle();
    assert.deepEqual(hearer.types, ["x"]);
    assert.deepEqual(broken.logs, ["The journal did not take an event"]);
  });
});

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

describe("a large number of subscribers and events", () => {
  it("costs nothing where topics do not fit", () => {
    const { bus, say } = setUp();
    const time = () => {
      const start = performance.now();
      for (let count = 0; count < 5_000; count++) say("busy.topic.x");
      return performance.now() - start;
    };
    time();
    const before = time();
    for (let count = 0; count < 10_000; count++) {
      bus.subscribe({ subscriber: `p${count % 20}`, spec: { topic: `busy.other${count}.>` }, deliver: () => {} });
    }
    assert.ok(time() < before * 10 + 50);
  });
});
