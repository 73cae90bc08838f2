import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { Failure } from "../../../../src/base/failure.ts";
import type { EventBusOptions } from "../../../../src/core/events/bus.ts";
import { RetainedRows } from "../../../../src/core/events/retainedRows.ts";
import type { Lease } from "../../../../src/core/journal/records.ts";
import { limits } from "../../../../src/protocol/limits.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { listen, settle, setUp } from "./hearer.ts";

/** One window after another, or several, on one store. Those that are `dead` have no process any more. */
function windows(store = new MemoryStore()) {
  const dead = new Set<number>();
  const troubles: unknown[] = [];
  const clock = new FakeClock(50);
  const open = async (pid: number, options: Partial<EventBusOptions> & { workspace?: string } = {}) => {
    const { workspace = "here", ...rest } = options;
    const rows = new RetainedRows({
      store,
      workspace,
      lease: { pid, started: "then" },
      alive: async (lease: Lease) => !dead.has(lease.pid),
      clock,
      failed: (error) => troubles.push(error),
    });
    // What two windows number apart is not told apart by numbers.
    const ids = { next: (kind: string) => `${kind}-${pid}-${count++}` };
    let count = 0;
    const made = setUp({ rows, ids, ...rest });
    made.bus.restore(await rows.load());
    rows.follow((records) => made.bus.restore(records));
    return { ...made, rows };
  };
  const kill = (pid: number) => dead.add(pid);
  return { store, open, kill, clock, troubles };
}

describe("what outlives the window", () => {
  it("is on disk before its publisher is answered and before anybody hears it, and goes when it is acknowledged", async () => {
    const { store, open } = windows();
    const { bus, keep, rows } = await open(1);
    const hearer = listen(bus, "order", { whenSlow: "ack", slow: true });
    let stored = false;
    const save = store.saveRetained.bind(store);
    store.saveRetained = async (records) => {
      await settle();
      assert.deepEqual(hearer.seqs, []);
      stored = true;
      await save(records);
    };
    const { eventId } = await keep("order", { data: 1 });
    assert.ok(stored);
    assert.deepEqual([...store.retained.keys()], [eventId]);
    await settle();
    assert.deepEqual(hearer.seqs, [1]);
    assert.equal(store.retained.size, 1);
    hearer.answers[0]?.resolve();
    await settle();
    await rows.written();
    assert.equal(store.retained.size, 0);
  });

  it("is not published at all where it cannot be written: the publisher is told, and may say it again", async () => {
    const { store, open } = windows();
    const { bus, keep, journal } = await open(1);
    const hearer = listen(bus, "order", { whenSlow: "ack" });
    store.failing = new Failure("unavailable", "The disk is full.");
    const [one, same] = await Promise.allSettled([
      keep("order", { dedupeKey: "k" }),
      keep("order", { dedupeKey: "k" }),
    ]);
    for (const { status, reason } of [one, same] as PromiseRejectedResult[])
      assert.deepEqual([status, reason.message], ["rejected", "The disk is full."]);
    await settle();
    assert.deepEqual([hearer.seqs, journal], [[], []]);
    store.failing = undefined;
    await keep("order", { dedupeKey: "k" });
    await settle();
    assert.equal(hearer.seqs.length, 1);
  });

  it("comes again after a kill, under its number and to whom it was for, until it is acknowledged", async () => {
    const { store, open, kill } = windows();
    const first = await open(1);
    const { eventId } = await first.keep("order", { data: { n: 1 }, dedupeKey: "k", conversation: "c" });
    await first.keep("inbox", { to: "m", data: "for you" });
    listen(first.bus, ">", { whenSlow: "ack", slow: true });
    await settle();
    kill(1);
    const second = await open(2);
    assert.deepEqual(await second.keep("order", { dedupeKey: "k" }), { eventId, delivered: 0 }, "it is known still");
    const other = listen(second.bus, ">", { whenSlow: "ack", slow: true, subscriber: "other" });
    const hearer = listen(second.bus, ">", { whenSlow: "ack" });
    await settle();
    assert.deepEqual(other.types, ["order"]);
    const [order, message] = hearer.batches.flatMap(({ events }) => events);
    assert.deepEqual(
      [order, message?.data],
      [{ seq: 1, type: "order", source: "a", timestamp: 50, data: { n: 1 }, conversation: "c" }, "for you"],
    );
    second.say("new");
    await settle();
    assert.equal(hearer.seqs.at(-1), 3, "numbers go on behind those that are kept");
    await second.rows.written();
    assert.equal(store.retained.size, 0);
    kill(2);
    const third = listen((await open(3)).bus, ">", { whenSlow: "ack" });
    await settle();
    assert.deepEqual(third.batches, []);
  });

  it("tells what was given up after a kill too, exactly, until that is acknowledged", async () => {
    const { open, kill, store } = windows();
    const few = { limits: () => ({ ...limits, keptEventCount: 2 }) };
    const first = await open(1, few);
    for (let n = 0; n < 5; n++) await first.keep("order", { data: n });
    await first.rows.written();
    assert.equal(store.retained.size, 3, "two events and what is told of the others");
    kill(1);
    const second = await open(2, few);
    await second.keep("order", { data: 5 });
    const hearer = listen(second.bus, "order", { whenSlow: "ack" });
    await settle();
    assert.deepEqual(
      [hearer.batches[0]?.lost, hearer.batches[0]?.events.map(({ data }) => data)],
      [{ from: 1, to: 4, count: 4 }, [4, 5]],
    );
    await second.rows.written();
    assert.equal(store.retained.size, 0);
  });

  it("is the last of a plugin's topic, but not what the host says, nor what a plugin says of itself", async () => {
    const { open, kill } = windows();
    const first = await open(1);
    first.say("build.state", { data: "red", latest: "a" });
    first.say("build.state", { data: "green", latest: "a" });
    first.say("build.state", { data: "other", source: "b", latest: "b" });
    first.say("self.health", { data: { status: "up" }, latest: "a" });
    first.say("plugin.loaded", { source: "host", data: {}, latest: "a" });
    await first.rows.written();
    kill(1);
    const late = listen((await open(2)).bus, ">");
    await settle();
    assert.deepEqual(
      late.batches.flatMap(({ events }) => events.map(({ type, data }) => [type, data])),
      [
        ["build.state", "green"],
        ["build.state", "other"],
      ],
    );
  });

  it("writes the last ones behind, the newest of each and no more than a source may keep", async () => {
    const { open, store } = windows();
    const { say, rows } = await open(1, { limits: () => ({ ...limits, keptEventCount: 2 }) });
    let writes = 0;
    const save = store.saveRetained.bind(store);
    store.saveRetained = async (records) => {
      writes += records.length;
      await save(records);
    };
    for (let n = 0; n < 100; n++) say("build.state", { data: n, latest: "a" });
    for (const type of ["one", "two"]) say(type, { latest: "a" });
    await rows.written();
    assert.ok(writes <= 4, `${writes}`);
    assert.deepEqual(
      [...store.retained.values()].map(({ latest }) => latest?.retained.event.type),
      ["one", "two"],
    );
  });

  it("stays with its window while that lives, and goes to one window of its workspace after", async () => {
    const { open, kill, clock } = windows();
    const first = await open(1);
    await first.keep("order");
    const elsewhere = await open(2, { workspace: "there" });
    const second = await open(3);
    const hearers = [elsewhere, second].map(({ bus }) => listen(bus, "order", { whenSlow: "ack", slow: true }));
    const heard = () => hearers.map(({ seqs }) => seqs.length);
    await clock.advance(1_000);
    await settle();
    assert.deepEqual(heard(), [0, 0]);
    kill(1);
    await clock.advance(2_000);
    await settle();
    assert.deepEqual(heard(), [0, 1]);
    const third = listen((await open(4)).bus, "order", { whenSlow: "ack" });
    await settle();
    assert.deepEqual(third.seqs, [], "it is another's");
  });

  it("is told once where it is not acknowledged by the time that its window looks for what others left", async () => {
    const { open, clock } = windows();
    const { bus, keep } = await open(1);
    const hearer = listen(bus, "order", { whenSlow: "ack", slow: true });
    await keep("order");
    for (const ms of [1_000, 60_000, 60_000]) {
      await clock.advance(ms);
      await settle();
    }
    assert.equal(hearer.seqs.length, 1);
  });

  it("goes within a minute to a window that was there before the one that is gone, also after the disk failed", async () => {
    const { store, open, kill, clock, troubles } = windows();
    const first = await open(1);
    const hearer = listen(first.bus, "order", { whenSlow: "ack" });
    const heard = () => hearer.batches.flatMap(({ events }) => events.map(({ data }) => data));
    await clock.advance(5_000);
    const second = await open(2);
    await second.keep("order", { data: "late" });
    kill(2);
    second.rows.dispose();
    await clock.advance(60_000);
    await settle();
    assert.deepEqual(heard(), ["late"]);
    const third = await open(3);
    await third.keep("order", { data: "later" });
    kill(3);
    third.rows.dispose();
    const leases = store.retainedLeases.bind(store);
    store.retainedLeases = () => Promise.reject(new Failure("unavailable", "The disk is away."));
    await clock.advance(60_000);
    await settle();
    assert.ok(troubles.length > 0);
    store.retainedLeases = leases;
    await clock.advance(60_000);
    await settle();
    assert.deepEqual(heard(), ["late", "later"]);
  });

  it("is not told to, nor in the name of, a plugin of the same name from elsewhere", async () => {
    const owners: Record<string, string> = { a: "user/x/a", m: "user/x/m" };
    const ownerOf = (plugin: string) => owners[plugin];
    const { open, kill } = windows();
    const first = await open(1, { ownerOf });
    await first.keep("inbox", { source: "b", to: "m", data: "a secret of m" });
    await first.keep("order");
    first.say("now.state", { latest: "a" });
    await first.rows.written();
    kill(1);
    Object.assign(owners, { a: "bundled/y/a", m: "bundled/y/m" });
    const { bus } = await open(2, { ownerOf });
    const hear = (owner: string) => {
      const types: string[] = [];
      const deliver = ({ events }: { events: { type: string }[] }) =>
        new Promise<void>(() => types.push(...events.map(({ type }) => type)));
      bus.subscribe({ subscriber: "m", owner, spec: { topic: ">", whenSlow: "ack" }, deliver });
      return types;
    };
    const stranger = hear("bundled/y/m");
    await settle();
    assert.deepEqual(stranger, []);
    Object.assign(owners, { a: "user/x/a", m: "user/x/m" });
    const again = hear("user/x/m");
    await settle();
    assert.deepEqual(again, ["inbox", "order", "now.state"]);
  });

  it("goes with its conversation", async () => {
    const { open } = windows();
    const { bus, keep, say } = await open(1);
    await keep("order", { conversation: "c" });
    say("now.state", { conversation: "c", latest: "a" });
    bus.forgetConversation("c");
    const late = listen(bus, ">", { whenSlow: "ack" });
    await settle();
    assert.deepEqual(late.batches, []);
  });

  it("begins empty where it cannot be read, and says so", async () => {
    const { store, open, troubles } = windows();
    store.sharedRetained = () => Promise.reject(new Failure("unavailable", "no"));
    const { bus, keep } = await open(1);
    assert.equal(troubles.length, 1);
    await keep("order");
    const hearer = listen(bus, "order", { whenSlow: "ack" });
    await settle();
    assert.equal(hearer.seqs.length, 1);
  });

  it("tries again with the next change what could not be deleted", async () => {
    const { store, open, troubles } = windows();
    const { bus, keep, say, rows } = await open(1);
    listen(bus, "order", { whenSlow: "ack" });
    const remove = store.deleteRetained.bind(store);
    store.deleteRetained = () => Promise.reject(new Failure("unavailable", "no"));
    await keep("order");
    await settle();
    await rows.written();
    assert.deepEqual([troubles.length > 0, store.retained.size], [true, 1]);
    store.deleteRetained = remove;
    say("now.state", { latest: "a" });
    await settle();
    await rows.written();
    assert.deepEqual(
      [...store.retained.values()].map(({ latest }) => latest?.retained.event.type),
      ["now.state"],
    );
  });
});
