/**
 * A process of its own that writes to a store: `node writer.ts PATH NAME MODE`. `endless` appends ten rows in each tick
 * and prints the number of each that is on disk; `count N` appends N rows one by one; `large` appends until it fails, then
 * prints the failure, and whether it can still read.
 */
import { silentLogger } from "../../../src/base/logger.ts";
import { SqliteStore } from "../../../src/node/store/sqliteStore.ts";
import { row, workerProgram } from "../../unit/store/rig.ts";

const [path = "", name = "", mode, count] = process.argv.slice(2);
const store = new SqliteStore({ path, workerProgram, logger: silentLogger });
const rowOf = (seq: number, data: unknown) => row(seq, { source: name, data });

if (mode === "endless") {
  for (let batch = 1; ; batch++) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => store.append([rowOf(batch * 10 + index, { batch })])));
    process.stdout.write(`${batch}\n`);
  }
} else if (mode === "count") {
  const saving = [];
  for (let seq = 1; seq <= Number(count); seq++) {
    saving.push(store.append([rowOf(seq, { seq })]));
    if (seq % 20 === 0) await Promise.all(saving.splice(0));
  }
  await Promise.all(saving);
  await store.close();
} else {
  const result: Record<string, unknown> = {};
  let kept = 0;
  try {
    for (let seq = 1; seq <= 500; seq++) {
      await Promise.all([store.append([rowOf(seq, "pair")]), store.append([rowOf(seq, "x".repeat(16_384))])]);
      kept = seq;
    }
  } catch (error) {
    Object.assign(result, { kind: (error as { kind?: string }).kind, message: (error as Error).message });
  }
  const rows = await store.readJournal({ limit: 10_000 });
  process.stdout.write(JSON.stringify({ ...result, kept, read: rows.length }));
  store.dispose();
}
