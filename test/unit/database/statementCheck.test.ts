import assert from "node:assert/strict";
import { checkStatement } from "../../../src/node/database/statementCheck.ts";
import { failureOf } from "../../support/failures.ts";

const kind = async (sql: string) => (await failureOf((async () => checkStatement(sql))())).kind;

describe("a statement for a plugin's database", () => {
  for (const sql of [
    "SELECT 1",
    "  select 1 ; ",
    "/* why */ -- so\n WITH a AS (SELECT 1) SELECT * FROM a;",
    "INSERT INTO a VALUES ('; ATTACH', \"; DROP\", [;])",
    "CREATE TABLE a (b) -- ; VACUUM",
    "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; UPDATE c SET d = 1; END",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN '; END; x' END; END; -- done",
    "CREATE VIRTUAL TABLE notes USING fts5(text)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS main . [the notes]USING fts5(text)",
    'CREATE VIRTUAL TABLE "a ""USING" USING rtree(id, a, b)',
    "EXPLAIN QUERY PLAN SELECT 1",
    "PRAGMA table_info('a')",
    "PRAGMA user_version = 3",
    "PRAGMA integrity_check",
  ]) {
    it(`may be ${sql}`, () => checkStatement(sql));
  }

  for (const sql of [
    "ATTACH '/etc/x' AS y",
    ";ATTACH '/etc/x' AS y",
    ";; /**/ ; attach '/etc/x' AS y",
    "-- SELECT\nATTACH '/etc/x' AS y",
    "/* SELECT */ATTACH '/etc/x' AS y",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO '/tmp/copy'",
    "BEGIN",
    "COMMIT",
    "END",
    "ROLLBACK",
    "SAVEPOINT s",
    "RELEASE s",
    "PRAGMA journal_mode = WAL",
    "PRAGMA max_page_count = 1000000000",
    "PRAGMA writable_schema = ON",
    "PRAGMA main.writable_schema = ON",
    "\ufeffATTACH 'x' AS y",
    "PRAGMA/**/temp_store_directory = '/'",
    "EXPLAIN PRAGMA writable_schema = ON",
    "EXPLAIN QUERY PLAN ATTACH 'x' AS y",
    "CREATE VIRTUAL TABLE x USING sqlite_dbpage",
    "CREATE VIRTUAL/**/TABLE x USING fsdir",
    'CREATE VIRTUAL TABLE "x USING fts5" USING dbstat',
    "CREATE VIRTUAL TABLE x USING dbstat('USING fts5')",
    "CREATE VIRTUAL TABLE x USING fts5vocab",
  ]) {
    it(`may not be ${JSON.stringify(sql)}`, async () => assert.equal(await kind(sql), "denied"));
  }

  for (const sql of [
    "",
    ";",
    "-- nothing",
    "PRAGMA table_info(a); PRAGMA writable_schema = ON",
    "'SELECT'",
    "SELECT 1; SELECT 2",
    "SELECT ';'; DROP TABLE a",
    "DELETE FROM a \u0000WHERE id = 1",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END; DROP TABLE a",
  ]) {
    it(`is not ${JSON.stringify(sql)}`, async () => assert.equal(await kind(sql), "invalidParams"));
  }
});
