/** Plugins' databases with their real processes. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Failure } from "../../../src/base/failure.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { DatabaseLimits } from "../../../src/node/database/messages.ts";
import { PluginDatabases } from "../../../src/node/database/pluginDatabases.ts";
import type { SqlStatement } from "../../../src/protocol/plugin/database.ts";
import { failureOf, kindOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";

const program = join(import.meta.dirname, "../../../src/node/databaseProgram.ts");
const endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";

describe("a plugin's database", function () {
  this.timeout(20_000);
  let folder: string;
  let databases: PluginDatabases;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-database-"));
  });
  afterEach(() => {
    databases.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(limits: Partial<DatabaseLimits> = {}): PluginDatabases {
    databases = new PluginDatabases({ program, logger: silentLogger, limits });
    return databases;
  }
  const run = (statements: (string | SqlStatement)[], plugin = "one", signal = new AbortController().signal) =>
    databases.query(
      join(folder, plugin),
      statements.map((one) => (typeof one === "string" ? { sql: one } : one)),
      signal,
    );

  it("keeps values exactly: integers beyond 2^53, bytes, texts, nothing", async () => {
    open();
    const values = [
      { $integer: "9007199254740993" },
      { $integer: "-9223372036854775808" },
      { $blob: "AAH/" },
      "ö'",
      null,
      1.5,
      true,
    ];
    await run(["CREATE TABLE a (v)"]);
    for (const value of values) await run([{ sql: "INSERT INTO a VALUES (?)", params: [value] }]);
    const { results } = await run(["SELECT v FROM a ORDER BY rowid"]);
    assert.deepEqual(results[0]?.rows.flat(), [...values.slice(0, -1), 1]);
    for (const value of [{ $integer: "9223372036854775808" }, "cut\u0000off"])
      assert.equal(await kindOf(run([{ sql: "SELECT ?", params: [value] }])), "invalidParams");
  });

  it("binds by place and by name, and tells columns, changes and the last key", async () => {
    open();
    const { results } = await run([
      "CREATE TABLE a (id INTEGER PRIMARY KEY, n)",
      { sql: "INSERT INTO a (n) VALUES (:x), (:x + 1)", params: { x: 5 } },
      { sql: "SELECT id, n, n AS n FROM a WHERE n >= ? ORDER BY id", params: [5] },
    ]);
    assert.deepEqual(results[1], { columns: [], rows: [], changes: 2, lastInsertRowid: 2 });
    const rows = [
      [1, 5, 5],
      [2, 6, 6],
    ];
    assert.deepEqual(results[2], { columns: ["id", "n", "n"], rows, changes: 0, lastInsertRowid: null });
  });

  it("does all of a request or none of it", async () => {
    open();
    await run(["CREATE TABLE a (n UNIQUE)"]);
    const failure = await failureOf(run(["INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (1)"]));
    assert.equal(failure.kind, "conflict");
    assert.match(failure.message, /UNIQUE constraint failed: a\.n/);
    assert.deepEqual((await run(["SELECT count(*) FROM a"])).results[0]?.rows, [[0]]);
  });

  it("says what is wrong with a statement in SQLite's words", async () => {
    open();
    const failure = await failureOf(run(["SELEC 1"]).catch((error) => Promise.reject(error)));
    assert.equal(failure.kind, "denied");
    assert.match((await failureOf(run(["SELECT * FROM nowhere"]))).message, /no such table: nowhere/);
  });

  it("ends a statement without an end, alone: others and the next ones go on", async () => {
    open({ timeMs: 400 });
    await run(["CREATE TABLE a (n)", "INSERT INTO a VALUES (7)"]);
    const [long, other] = await Promise.all([failureOf(run([endless])), run(["SELECT 1"], "two")]);
    assert.equal(long.kind, "timeout");
    assert.match(long.message, /longer than 0\.4 s/);
    assert.deepEqual(other.results[0]?.rows, [[1]]);
    assert.deepEqual((await run(["SELECT n FROM a"])).results[0]?.rows, [[7]]);
  });

  it("ends a statement that is cancelled", async () => {
    open({ timeMs: 60_000 });
    await run(["SELECT 1"]);
    const controller = new AbortController();
    const running = run(["CREATE TABLE half (n)", endless], "one", controller.signal);
    await until("the file is written to", () => existsSync(join(folder, "one", "database.sqlite")));
    controller.abort();
    assert.equal(await kindOf(running), "cancelled");
    assert.deepEqual(
      (await run(["PRAGMA table_list"])).results[0]?.rows.filter(([, name]) => name === "half"),
      [],
    );
  });

  it("bounds the file, the rows, the answer and the memory", async () => {
    open({ quotaBytes: 1 << 20, rows: 100, resultBytes: 10_000, memoryBytes: 64 << 20 });
    await run(["CREATE TABLE a (v)"]);
    const full = await failureOf(run([{ sql: "INSERT INTO a VALUES (randomblob(2000000))" }]));
    assert.deepEqual([full.kind, full.details?.limit], ["tooLarge", 1 << 20]);
    assert.ok(statSync(join(folder, "one", "database.sqlite")).size <= 1 << 20);
    const series = (to: number) => `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ${to})`;
    assert.equal((await run([`${series(100)} SELECT x FROM c`])).results[0]?.rows.length, 100);
    assert.match((await failureOf(run([`${series(101)} SELECT x FROM c`]))).message, /more than 100 rows/);
    assert.equal(await kindOf(run(["SELECT hex(zeroblob(8000))"])), "tooLarge");
    const greedy = await failureOf(
      run([`${series(100_000_000)} SELECT count(*) FROM (SELECT DISTINCT randomblob(2000) FROM c)`]),
    );
    assert.equal(greedy.kind, "tooLarge");
    assert.deepEqual((await run(["SELECT 1"])).results[0]?.rows, [[1]]);
  });

  it("bounds the answer in bytes, not in characters", async () => {
    open({ resultBytes: 10_000 });
    const text = (length: number) => `SELECT replace(hex(zeroblob(${length / 2})), '0', '€')`;
    assert.equal((await run([text(3_300)])).results[0]?.rows.length, 1);
    assert.equal(await kindOf(run([text(3_400)])), "tooLarge");
  });

  it("bounds the memory over all requests, however short, and begins anew with what is in the file", async () => {
    open({ memoryBytes: 64 << 20 });
    await run(["CREATE TABLE kept (n)", "INSERT INTO kept VALUES (7)", "CREATE TEMP TABLE held (v)"]);
    const more = () => failureOf(run([{ sql: "INSERT INTO held VALUES (zeroblob(8000000))" }]));
    let failure: Failure | undefined;
    for (let count = 0; count < 20 && !failure; count++) failure = await more().catch(() => undefined);
    assert.ok(failure, "20 times 8 MB were taken");
    assert.match(failure.message, /no such table: held|took more than/);
    assert.deepEqual((await run(["SELECT n FROM kept"])).results[0]?.rows, [[7]]);
  });

  it("refuses what leaves the file, and nothing of the request is done", async () => {
    open();
    const other = join(folder, "other.sqlite");
    const extension = "SELECT load_extension('/tmp/x.so')";
    for (const sql of [
      `ATTACH '${other}' AS o`,
      `;ATTACH '${other}' AS o`,
      `VACUUM INTO '${other}'`,
      "COMMIT",
      extension,
    ]) {
      assert.equal(await kindOf(run(["CREATE TABLE before (n)", sql])), "denied");
    }
    assert.equal(existsSync(other), false);
    assert.deepEqual((await run(["SELECT name FROM sqlite_schema"])).results[0]?.rows, []);
  });

  it("waits its turn behind the one that runs, and refuses where too many wait", async () => {
    open();
    const many = [...Array(40).keys()].map((n) => run([`SELECT ${n}`]));
    const settled = await Promise.allSettled(many);
    const refused = settled.filter(({ status }) => status === "rejected");
    assert.ok(refused.length > 0 && refused.length <= 8, `${refused.length} were refused`);
    assert.deepEqual((settled[5] as PromiseFulfilledResult<{ results: { rows: unknown }[] }>).value.results[0]?.rows, [
      [5],
    ]);
  });

  it("is not opened through a link that the plugin put in its place, because the host may reach more than the plugin", async () => {
    open();
    await run(["CREATE TABLE secrets (text)", "INSERT INTO secrets VALUES ('x')"], "other");
    mkdirSync(join(folder, "one"));
    symlinkSync(join(folder, "other/database.sqlite"), join(folder, "one/database.sqlite"));
    const failure = await failureOf(run(["SELECT * FROM secrets"]));
    assert.equal(failure.kind, "denied");
    assert.match(failure.message, /is a link to another file/);
    rmSync(join(folder, "one/database.sqlite"));
    assert.deepEqual((await run(["SELECT 1 AS one"])).results[0]?.rows, [[1]]);
  });
});
