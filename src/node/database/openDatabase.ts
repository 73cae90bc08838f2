import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { DatabaseLimits } from "./messages.ts";

/** How long another window's transaction is waited for, in milliseconds. */
const busyTimeoutMs = 2_000;
/** What a text or a blob may take, in bytes. */
const valueBytes = 16 * 1024 * 1024;

type Sqlite = typeof import("node:sqlite");

/**
 * Opens a plugin's database with its quota. The file is journaled by a file of at most its own size, so that the quota bounds the
 * disk; what a statement needs beside it stays in memory. Where SQLite lets the host decide on each access it does, beside
 * the check of the text.
 */
export function openPluginDatabase(sqlite: Sqlite, path: string, limits: DatabaseLimits): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  const database = new sqlite.DatabaseSync(path, { allowExtension: false, enableForeignKeyConstraints: true });
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  database.exec("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
  const size = Number(database.prepare("PRAGMA page_size").get()?.page_size ?? 4_096);
  database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(limits.quotaBytes / size))}`);
  harden(sqlite, database);
  return database;
}

/** What only newer versions of Node can; the check of the text holds without it. */
function harden({ constants }: Sqlite, database: DatabaseSync): void {
  const newer = database as DatabaseSync & {
    enableDefensive?(on: boolean): void;
    setAuthorizer?(decide: (action: number, one: string | null, other: string | null) => number): void;
    limits?: Record<string, number>;
  };
  newer.enableDefensive?.(true);
  if (newer.limits) Object.assign(newer.limits, { attach: 0, length: valueBytes });
  const { SQLITE_OK: ok, SQLITE_DENY: deny, SQLITE_ATTACH: attach, SQLITE_FUNCTION: call } = constants;
  if (attach === undefined) return;
  newer.setAuthorizer?.((action, _, name) =>
    action === attach || (action === call && name === "load_extension") ? deny : ok,
  );
}
