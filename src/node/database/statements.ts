import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { Failure } from "../../base/failure.ts";
import type { SqlResult, SqlStatement, SqlValue } from "../../protocol/plugin/database.ts";
import type { DatabaseLimits } from "./messages.ts";
import { checkStatement } from "./statementCheck.ts";

/** SQLite's primary result codes that mean something to a plugin. */
const codes = { busy: 5, locked: 6, noMemory: 7, full: 13, tooBig: 18, constraint: 19, auth: 23 };

/**
 * Runs the statements as one transaction and answers what each answered.
 *
 * @throws Failure that says what was wrong; nothing of the statements is kept then
 */
export function runStatements(
  database: DatabaseSync,
  statements: readonly SqlStatement[],
  limits: DatabaseLimits,
): SqlResult[] {
  for (const { sql } of statements) checkStatement(sql);
  const left = { rows: limits.rows, bytes: limits.resultBytes };
  try {
    database.exec("BEGIN IMMEDIATE");
    const results = statements.map((statement) => runOne(database, statement, left, limits));
    database.exec("COMMIT");
    return results;
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // SQLite rolled back by itself, or never began.
    }
    throw failureOf(error, limits);
  }
}

/** What the file takes, in bytes. */
export function bytesOf(database: DatabaseSync): number {
  const { page_count: pages = 0 } = database.prepare("PRAGMA page_count").get() ?? {};
  const { page_size: size = 0 } = database.prepare("PRAGMA page_size").get() ?? {};
  return Number(pages) * Number(size);
}

function runOne(
  database: DatabaseSync,
  { sql, params }: SqlStatement,
  left: { rows: number; bytes: number },
  limits: DatabaseLimits,
): SqlResult {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const columns = statement.columns().map(({ name }) => name);
  const before = totalChanges(database);
  const rows: SqlValue[][] = [];
  for (const row of iterate(statement, params)) {
    const values = (row as unknown as SQLOutputValue[]).map(wireValue);
    left.rows--;
    left.bytes -= Buffer.byteLength(JSON.stringify(values));
    if (left.rows < 0 || left.bytes < 0) throw tooMany(limits);
    rows.push(values);
  }
  const changes = totalChanges(database) - before;
  return { columns, rows, changes, lastInsertRowid: changes > 0 ? lastKey(database) : null };
}

function iterate(statement: StatementSync, params: SqlStatement["params"]): Iterable<unknown> {
  if (params === undefined) return statement.iterate();
  if (Array.isArray(params)) return statement.iterate(...params.map(boundValue));
  const named = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, boundValue(value)]));
  return statement.iterate(named);
}

function boundValue(value: SqlValue): SQLInputValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null) return value;
  if (typeof value === "string") {
    if (!value.includes("\0")) return value;
    throw new Failure("invalidParams", "A text with a NUL character cannot be kept: SQLite would end it there.", {
      todo: "Keep it as a blob.",
    });
  }
  if ("$blob" in value) return Buffer.from(value.$blob, "base64");
  const integer = BigInt(value.$integer);
  if (BigInt.asIntN(64, integer) === integer) return integer;
  throw new Failure("invalidParams", `${value.$integer} does not fit into SQLite's 64 bits.`);
}

function wireValue(value: SQLOutputValue): SqlValue {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : { $integer: String(value) };
  }
  if (value instanceof Uint8Array) return { $blob: Buffer.from(value).toString("base64") };
  // JSON has no infinity; SQLite reads one back from such a text.
  if (typeof value === "number" && !Number.isFinite(value)) return value > 0 ? "9e999" : "-9e999";
  return value;
}

function totalChanges(database: DatabaseSync): number {
  return Number(database.prepare("SELECT total_changes() AS n").get()?.n ?? 0);
}

function lastKey(database: DatabaseSync): SqlValue {
  const statement = database.prepare("SELECT last_insert_rowid() AS n");
  statement.setReadBigInts(true);
  return wireValue(statement.get()?.n ?? null);
}

function tooMany({ rows, resultBytes }: DatabaseLimits): Failure {
  return new Failure("tooLarge", `The answer has more than ${rows} rows or ${resultBytes} bytes.`, {
    todo: "Ask for fewer rows with LIMIT and go on from the last, or for fewer columns.",
    details: { limit: resultBytes, rows },
  });
}

function failureOf(error: unknown, { quotaBytes }: DatabaseLimits): Failure {
  if (error instanceof Failure) return error;
  const { errcode, message } = error as { errcode?: number; message?: string };
  const said = String(message).slice(0, 500);
  switch (errcode === undefined ? undefined : errcode & 0xff) {
    case codes.constraint:
      return new Failure("conflict", `A constraint of the database forbids it: ${said}.`);
    case codes.busy:
    case codes.locked:
      return new Failure("overloaded", "The database is locked by another window or program.", {
        details: { retryAfterMs: 500 },
        todo: "Try again in a moment.",
      });
    case codes.full:
      return new Failure("tooLarge", `The database would grow beyond ${quotaBytes} bytes, or the disk is full.`, {
        todo: "Delete what is not needed any more.",
        details: { limit: quotaBytes },
      });
    case codes.noMemory:
    case codes.tooBig:
      return new Failure("tooLarge", "A value or the work of the statement is too large for its memory.", {
        todo: "Ask for less at once.",
      });
    case codes.auth:
      return notAuthorized(said);
    default:
      // A function that may not be used is an error like any other to SQLite, but for its words.
      if (said.startsWith("not authorized")) return notAuthorized(said);
      return new Failure("invalidParams", `SQLite refused it: ${said}.`, {
        todo: "Correct the statement or its parameters.",
      });
  }
}

function notAuthorized(said: string): Failure {
  return new Failure("denied", `This may not be used in a plugin's database: ${said}.`, {
    details: { rule: "database:statements" },
    todo: "Use another statement.",
  });
}
