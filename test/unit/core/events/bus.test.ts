import assert from "node:assert/strict";
import type { MissedEvent } from "../../../../src/core/events/bus.ts";
import { limits } from "../../../../src/protocol/limits.ts";
import { Hearer, listen, settle, setUp } from "./hearer.ts";

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

  it("keeps to it also with what was missed while the subscriber was started", async () => {
    const { bus, say } = setUp();
    const events: MissedEvent[] = [];
    bus.on(">", (event) => events.push({ event }));
    for (const conversation of ["c1", "c2"]) say("x", { conversation });
    const hearer = new Hearer();
    const spec = { topic: ">", conversation: "c1" };
    bus.subscribe({ subscriber: "late", spec, deliver: hearer.deliver, missed: { events, lost: undefined } });
    await settle();
    assert.deepEqual(hearer.seqs, [1]);
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

  it("tells the same message to two plugins, and to each of them once", async () => {
    const { bus, say } = setUp();
    const hearers = ["b", "c"].map((subscriber) => listen(bus, "inbox", { subscriber }));
    for (const to of ["b", "c", "b", "c"]) say("inbox", { to, dedupeKey: "k" });
    await settle();
    assert.deepEqual(
      hearers.map(({ types }) => types),
      [["inbox"], ["inbox"]],
    );
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
