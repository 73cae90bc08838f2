import { mkdirSync, realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Failure } from "../../base/failure.ts";
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
 *
 * @throws Failure `denied` where the plugin has put a link in the file's place: the host may reach what the plugin may not
 */
export function openPluginDatabase(sqlite: Sqlite, path: string, limits: DatabaseLimits): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  const database = new sqlite.DatabaseSync(path, { allowExtension: false, enableForeignKeyConstraints: true });
  refuseLink(database, path);
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  database.exec("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
  const size = Number(database.prepare("PRAGMA page_size").get()?.page_size ?? 4_096);
  database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(limits.quotaBytes / size))}`);
  harden(sqlite, database);
  return database;
}

/** SQLite knows where the links of the path led when it opened the file; to look before would leave time to change them. */
function refuseLink(database: DatabaseSync, path: string): void {
  const { file } = database.prepare("SELECT file FROM pragma_database_list WHERE name = 'main'").get() ?? {};
  const opened = String(file);
  if (basename(opened) === basename(path) && realpathSync(dirname(opened)) === realpathSync(dirname(path))) return;
  database.close();
  throw new Failure("denied", "The plugin's database is a link to another file, which is not opened.", {
    todo: `Remove ${path}; a new database is made in its place.`,
    details: { rule: "database:file" },
  });
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
