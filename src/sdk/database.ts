import type { Meta } from "../protocol/plugin/common.ts";
import type { SqlResult, SqlStatement, SqlValue } from "../protocol/plugin/database.ts";
import type { Channel } from "./channel.ts";

/** A value of the database's as it stands in code: whole numbers beyond 2^53 are a bigint, blobs are bytes. */
export type DatabaseValue = null | boolean | number | bigint | string | Uint8Array;
export type DatabaseParams = readonly DatabaseValue[] | Readonly<Record<string, DatabaseValue>>;
export type DatabaseRow = Record<string, DatabaseValue>;

/** What a statement answered; `changes` are the rows that it inserted, changed or deleted. */
export interface DatabaseAnswer<Row = DatabaseRow> {
  readonly rows: Row[];
  readonly columns: string[];
  readonly changes: number;
  readonly lastInsertRowid: DatabaseValue;
}

/**
 * The plugin's own SQLite file, opened by the host. Needs the right `state` on `database`. Values are bound and never
 * part of the text. Fails with `invalidParams` (SQLite's words), `conflict` (a constraint), `timeout`, `tooLarge`,
 * `denied`.
 */
export interface Database {
  /** Runs one statement. */
  query<Row = DatabaseRow>(sql: string, params?: DatabaseParams): Promise<DatabaseAnswer<Row>>;
  /** Runs statements in order, all or none of them: each a text, or a text with its parameters. */
  transaction(
    statements: readonly (string | readonly [sql: string, params?: DatabaseParams])[],
  ): Promise<DatabaseAnswer[]>;
}

export function createDatabase(channel: Channel, meta: () => Meta | undefined): Database {
  const run = async (statements: SqlStatement[]) =>
    (await channel.request("database/query", { statements, _meta: meta() })).results.map(answerOf);
  return {
    async query<Row>(sql: string, params?: DatabaseParams) {
      const [answer] = await run([statementOf(sql, params)]);
      return answer as DatabaseAnswer<Row>;
    },
    transaction: (statements) =>
      run(statements.map((one) => (typeof one === "string" ? statementOf(one) : statementOf(...one)))),
  };
}

function statementOf(sql: string, params?: DatabaseParams): SqlStatement {
  if (params === undefined) return { sql };
  if (isList(params)) return { sql, params: params.map(wireValue) };
  return { sql, params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, wireValue(value)])) };
}

function isList(params: DatabaseParams): params is readonly DatabaseValue[] {
  return Array.isArray(params);
}

function wireValue(value: DatabaseValue): SqlValue {
  if (typeof value === "bigint") return { $integer: String(value) };
  if (value instanceof Uint8Array) return { $blob: Buffer.from(value).toString("base64") };
  return value;
}

function answerOf({ columns, rows, changes, lastInsertRowid }: SqlResult): DatabaseAnswer {
  return {
    columns,
    changes,
    lastInsertRowid: ownValue(lastInsertRowid),
    rows: rows.map((row) => Object.fromEntries(row.map((value, at) => [columns[at] ?? String(at), ownValue(value)]))),
  };
}

function ownValue(value: SqlValue): DatabaseValue {
  if (typeof value !== "object" || value === null) return value;
  return "$integer" in value ? BigInt(value.$integer) : Uint8Array.from(Buffer.from(value.$blob, "base64"));
}
