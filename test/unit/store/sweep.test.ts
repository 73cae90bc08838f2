import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import { JournalSweep } from "../../../src/core/journal/sweep.ts";
import type { SqliteStore } from "../../../src/node/store/sqliteStore.ts";
import { MemoryStore } from "../../support/memoryStore.ts";
import { scriptedHost } from "../../support/scriptedHost.ts";
import { until } from "../../support/until.ts";
import { call, conversation, makeFolder, makeStore, message, row } from "./rig.ts";

describe("sweeping the journal", () => {
  const folder = makeFolder();
  let store: SqliteStore;
  beforeEach(() => {
    store = makeStore(folder.path);
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  /** Sweeps to the end; answers how many batches it took. */
  const sweep = async (since: number, most = 1_000_000): Promise<number> => {
    let batches = 1;
    for (let after = 0; ; batches++) {
      const next = await store.sweepJournal({ since, most }, after);
      if (next === undefined) return batches;
      assert.ok(batches < 100, "it comes to an end");
      after = next;
    }
  };
  const seqs = async () => (await store.readJournal({ limit: 10_000 })).map(({ seq }) => seq);
  const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index + 1));

  it("deletes what is too old, 500 rows at a time, and never the newest", async () => {
    await store.append(rows(1_200));
    await store.sweepJournal({ since: 11_010, most: 1_000_000 }, 0);
    assert.equal((await seqs()).length, 700, "one batch");
    await sweep(11_010);
    assert.deepEqual((await seqs()).slice(0, 2), [1_101, 1_102]);
    await sweep(1_000_000);
    assert.deepEqual(await seqs(), [1_200], "the numbers go on from it");
  });

  it("deletes the oldest beyond the number that is kept", async () => {
    await store.append(rows(700));
    await sweep(0, 100);
    assert.deepEqual([(await seqs()).length, (await seqs())[0]], [100, 601]);
    assert.equal(await sweep(0, 100), 1, "there is nothing to do then");
  });

  it("leaves conversations, what is open, and the calls of a conversation", async () => {
    await store.saveConversation(conversation("c"));
    await store.saveEntry(message("m", "c", "hello"));
    const ended = { status: "succeeded", endedAt: 6 } as const;
    await store.saveCall({ ...call("in", "c", 1), ...ended });
    await store.saveCall({ ...call("ended", undefined), ...ended });
    await store.saveCall({ ...call("young", undefined), ...ended, startedAt: 5_000 });
    await store.saveCall({ ...call("open", undefined), detached: true });
    await sweep(1_000);
    const left = await Promise.all(["in", "ended", "young", "open"].map((id) => store.loadCall(id)));
    assert.deepEqual(
      left.map((found) => found?.id),
      ["in", undefined, "young", "open"],
    );
    assert.equal((await store.loadConversation("c"))?.entries.length, 1);
  });

  it("leaves the text of a rule while something that stays may name it", async () => {
    const text = (seq: number, rule: string) => row(seq, { type: "permission.rule", rule, data: { rule, seq } });
    await store.append([
      text(1, "a"),
      text(2, "b"),
      text(3, "a"),
      row(4),
      row(50, { rule: "a" }),
      text(60, "b"),
      row(70),
    ]);
    await sweep(500);
    assert.deepEqual(await seqs(), [2, 3, 50, 60, 70]);
  });

  it("is done by a host, a minute after its start, as the settings say", async () => {
    const clock = new FakeClock(100 * 86_400_000);
    const memory = new MemoryStore();
    memory.journal.push(...[1, 20, 99].map((day) => row(day, { timestamp: day * 86_400_000 })));
    const settings = { journalKeep: () => ({ days: 50, rows: 10_000 }) };
    const { host } = await scriptedHost({ clock, store: memory, settings });
    clock.advance(60_000);
    await until("the old ones are gone", () => memory.journal.every(({ seq }) => seq !== 1 && seq !== 20));
    assert.ok(memory.journal.some(({ seq }) => seq === 99));
    await host.stop();
  });

  it("goes on by itself, batch after batch, and again after six hours, also when it failed", async () => {
    const clock = new FakeClock(100 * 86_400_000);
    const asked: unknown[] = [];
    const failures: unknown[] = [];
    const answers: (number | undefined | Error)[] = [500, undefined, new Error("locked"), undefined];
    const sweeping = new JournalSweep({
      clock,
      keep: () => ({ days: 90, rows: 7 }),
      failed: (error) => failures.push(error),
      store: {
        async sweepJournal(keep, after) {
          asked.push([keep.most, after]);
          assert.equal(keep.since, clock.now() - 90 * 86_400_000);
          const answer = answers.shift();
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
    });
    const advance = async (milliseconds: number) => {
      clock.advance(milliseconds);
      await new Promise((resolve) => setImmediate(resolve));
    };
    await advance(59_999);
    assert.equal(asked.length, 0);
    await advance(1);
    await advance(50);
    assert.deepEqual(asked, [
      [7, 0],
      [7, 500],
    ]);
    await advance(6 * 3_600_000);
    assert.equal(failures.length, 1);
    await advance(6 * 3_600_000);
    assert.equal(asked.length, 4);
    sweeping.dispose();
    await advance(24 * 3_600_000);
    assert.equal(asked.length, 4);
  });
});
