import assert from "node:assert/strict";
import { Failure } from "../../../src/base/failure.ts";
import type { StoredRow } from "../../../src/node/store/journal.ts";
import { LazyRows } from "../../../src/node/store/lazyRows.ts";
import { until } from "../../support/until.ts";

describe("rows that may wait", () => {
  it("are written together, and what comes while the disk works is the next write", async () => {
    const { writes, lazy } = disk();
    const first = [lazy.add(row(1)), lazy.add(row(2))];
    assert.equal(writes.length, 0, "they wait for others");
    await until("they are handed over", () => writes.length === 1);
    const later = lazy.add(row(3));
    writes[0]?.done.resolve();
    await Promise.all(first);
    await until("the next is handed over", () => writes.length === 2);
    writes[1]?.done.resolve();
    await later;
    assert.deepEqual(
      writes.map(({ seqs }) => seqs),
      [[1, 2], [3]],
    );
  });

  it("leave at once, in order, when somebody wants to read or close", () => {
    const { writes, lazy } = disk();
    for (let seq = 1; seq <= 1_500; seq++) void lazy.add(row(seq));
    lazy.flush();
    assert.deepEqual(
      writes.map(({ seqs }) => [seqs[0], seqs.at(-1)]),
      [
        [1, 1_000],
        [1_001, 1_500],
      ],
    );
    lazy.flush();
    assert.equal(writes.length, 2, "nothing is written twice");
  });

  it("fail together with their write, and the next ones do not", async () => {
    const { writes, lazy } = disk();
    const lost = [lazy.add(row(1)), lazy.add(row(2))];
    lazy.flush();
    writes[0]?.done.reject(new Failure("unavailable", "The disk is full."));
    for (const one of lost) await assert.rejects(one, /The disk is full/);
    const kept = lazy.add(row(3));
    lazy.flush();
    writes[1]?.done.resolve();
    await kept;
  });

  it("are refused when too many or too large ones wait, until they have left", async () => {
    const { lazy } = disk();
    const large = "x".repeat(20 * 1024 * 1024);
    void lazy.add(row(1, large));
    void lazy.add(row(2, large));
    await assert.rejects(lazy.add(row(3)), { kind: "overloaded" });
    lazy.flush();
    for (let seq = 0; seq < 50_000; seq++) void lazy.add(row(seq));
    await assert.rejects(lazy.add(row(4)), { kind: "overloaded" });
  });
});

function disk() {
  const writes: { seqs: number[]; done: PromiseWithResolvers<void> }[] = [];
  const lazy = new LazyRows((rows) => {
    const done = Promise.withResolvers<void>();
    writes.push({ seqs: rows.map(({ seq }) => seq), done });
    return done.promise;
  });
  return { writes, lazy };
}

function row(seq: number, data = "{}"): StoredRow {
  const nobody = { plugin: null, conversation: null, callId: null, rule: null, rules: null };
  return { seq, timestamp: seq, type: "call.ended", source: "host", data, ...nobody };
}
