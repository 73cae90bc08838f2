import * as z from "zod";
import { params } from "./common.ts";

/** SQLite keeps UTF-8, in which half a character has no place: kept, it would come back as another. */
const sqlText = z
  .string()
  .refine((text) => text.isWellFormed(), { message: "must be text without half characters (lone surrogates)" });

/**
 * A value of SQLite's. Numbers are exact: an integer beyond ±(2^53 − 1) is written `{"$integer": "9007199254740993"}`; bytes are
 * `{"$blob": …}` in base64. As a parameter, `true` and `false` are 1 and 0.
 */
export const sqlValue = z.union([
  z.null(),
  z.boolean(),
  z.number(),
  sqlText,
  z.strictObject({ $integer: z.string().regex(/^-?\d{1,19}$/, "must be a whole number of at most 19 digits") }),
  z.strictObject({ $blob: z.base64() }),
]);
export type SqlValue = z.infer<typeof sqlValue>;

/** One SQL statement. Values never stand in its text: they are bound to its `?` in order, or to `:name`, `$name`, `@name` by name. */
export const sqlStatement = z.object({
  /** At most 100,000 characters. */
  sql: z.string().min(1).max(100_000),
  /** By place, or by name without the sign before it. */
  params: z.union([z.array(sqlValue).max(1_000), z.record(z.string().max(100), sqlValue)]).optional(),
});
export type SqlStatement = z.infer<typeof sqlStatement>;

/**
 * `database/query` (plugin → host): runs statements on the plugin's own SQLite file, `database.sqlite` in its data folder, which the
 * host opens. All of them are one transaction: what one of them fails at is undone with the rest. Needs the right `state` on
 * `database`. Refused are statements that leave the file or the transaction: `ATTACH`, `VACUUM`, `BEGIN`, `COMMIT`, extensions, and
 * every `PRAGMA` but those that look, and `user_version`. Fails with `invalidParams` (SQLite's own words), `conflict` (a constraint),
 * `timeout`, `tooLarge` (rows, memory, or the file's quota) and `overloaded` (the file is locked).
 */
export const queryDatabaseParams = params({ statements: z.array(sqlStatement).min(1).max(500) });

/** What one statement answered. */
export const sqlResult = z.object({
  /** The names of the columns, in order; empty where it answers no rows. */
  columns: z.array(z.string()),
  rows: z.array(z.array(sqlValue)),
  /** Rows that it inserted, changed or deleted, triggers not counted. */
  changes: z.number().int().nonnegative(),
  /** The key of the row that was inserted last on this connection; null where it changed nothing. */
  lastInsertRowid: sqlValue,
});
export type SqlResult = z.infer<typeof sqlResult>;

export const queryDatabaseResult = z.object({
  /** In the order of the statements. */
  results: z.array(sqlResult),
  /** What the file takes, and what it may, in bytes. */
  bytes: z.number().int().nonnegative(),
  quota: z.number().int().positive(),
});
export type QueryDatabaseResult = z.infer<typeof queryDatabaseResult>;
