import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { failureOf, isDamage, isLocked } from "./faults.ts";
import type { OpenReport } from "./messages.ts";
import { migrations, schemaVersion, tables } from "./schema.ts";

/** The class of `node:sqlite`, handed in so that the worker can load it when it wants. */
export type Sqlite = { readonly DatabaseSync: typeof DatabaseSync };

/** How long to wait for another window's transaction, in milliseconds; only the worker's thread waits. */
const busyTimeoutMs = 5_000;

/**
 * Opens the database, makes it or brings it up to date. Whatever is wrong with the file, the answer is a database that
 * can be read: a damaged file is moved aside and a fresh one is begun; one of a newer version, or one that may not be
 * written, is opened for reading; where even that is impossible it is an empty one in memory.
 */
export function openDatabase(sqlite: Sqlite, path: string): { database: DatabaseSync; report: OpenReport } {
  let notice: string | undefined;
  for (let attempt = 0; ; attempt++) {
    let database: DatabaseSync | undefined;
    try {
      mkdirSync(dirname(path), { recursive: true });
      database = new sqlite.DatabaseSync(path);
      const version = prepare(database);
      if (version <= schemaVersion) return { database, report: { notice } };
      database.close();
      const known = readable(sqlite, path);
      return { database: known ?? empty(sqlite), report: { notice, readOnly: newer(version, known !== undefined) } };
    } catch (error) {
      closeQuietly(database);
      if (isDamage(error) && attempt === 0) notice = moveAside(path);
      else if (!(isLocked(error) && attempt < 3)) return withoutWriting(sqlite, path, error, notice);
    }
  }
}

/** Renames the database and what belongs to it; never deletes. Answers what the person should be told. */
export function moveAside(path: string): string {
  const stamp = new Date().toISOString().replace(/[:.]/g, "-");
  const kept = `${path}.damaged-${stamp}`;
  for (const ending of ["", "-wal", "-shm"]) {
    try {
      if (existsSync(path + ending)) renameSync(path + ending, kept + ending);
    } catch {
      // What cannot be moved is found again when the fresh database is opened, and said then.
    }
  }
  return `The file of Parley's history was damaged. It was kept as ${kept}, and a new history was begun.`;
}

/** Sets the connection up and migrates; answers the version that the file had, unless it was older. */
function prepare(database: DatabaseSync): number {
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  const found = versionOf(database);
  if (found > schemaVersion) return found;
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  database.prepare("SELECT count(*) FROM sqlite_schema").get();
  if (found < schemaVersion) migrate(database);
  return versionOf(database);
}

function migrate(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another window may have been faster.
    const found = versionOf(database);
    for (const migration of migrations.slice(found)) database.exec(migration);
    if (found < schemaVersion) database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec("COMMIT");
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch {
      // SQLite rolled back by itself.
    }
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

/** The database opened for reading, or undefined where what this version reads is not in it. */
function readable(sqlite: Sqlite, path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path, { readOnly: true });
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    for (const table of tables) database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get();
    return database;
  } catch {
    closeQuietly(database);
    return undefined;
  }
}

function empty(sqlite: Sqlite): DatabaseSync {
  const database = new sqlite.DatabaseSync(":memory:");
  migrate(database);
  return database;
}

function withoutWriting(
  sqlite: Sqlite,
  path: string,
  error: unknown,
  notice: string | undefined,
): { database: DatabaseSync; report: OpenReport } {
  const failure = failureOf(error);
  const readOnly = [failure.message, failure.todo].filter(Boolean).join(" ");
  return { database: readable(sqlite, path) ?? empty(sqlite), report: { notice, readOnly } };
}

function newer(version: number, known: boolean): string {
  return (
    `The history was written by a newer version of Parley (format ${version}, this one knows ${schemaVersion}): ` +
    `it can${known ? "" : "not"} be read, and nothing is saved. Reload the window to use the newer version.`
  );
}

function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // It never opened.
  }
}
