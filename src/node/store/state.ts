import { Failure } from "../../base/failure.ts";
import { limits } from "../../protocol/limits.ts";
import type { Statements } from "./statements.ts";

const mostListed = 10_000;

/** Under which it is kept who got the state of a bare name: an owner that no plugin can have. */
const adoptions = "parley:adopted";

/** Plugins' key-value state with revisions. A revision of a key never comes twice, not even after the key was deleted. */
export function stateOperations(sql: Statements) {
  function find(
    owner: string,
    scope: string,
    key: string,
  ): { rev: number; value: string | null; bytes: number } | undefined {
    const row = sql.get(
      "SELECT rev, value, bytes FROM state WHERE owner = ? AND scope = ? AND key = ?",
      owner,
      scope,
      key,
    );
    if (!row) return undefined;
    return { rev: Number(row.rev), value: row.value === null ? null : String(row.value), bytes: Number(row.bytes) };
  }

  function checkRevision(key: string, found: ReturnType<typeof find>, ifRev: number | undefined): void {
    const current = found && found.value !== null ? found.rev : 0;
    if (ifRev === undefined || ifRev === current) return;
    throw new Failure("conflict", `"${key}" has revision ${current}, not ${ifRev}.`, {
      todo: "Read it again, then decide anew.",
      details: { key, rev: current, ifRev },
    });
  }

  function addToTotal(owner: string, bytes: number): void {
    sql.run(
      `INSERT INTO state_totals (owner, bytes) VALUES (?, ?)
        ON CONFLICT (owner) DO UPDATE SET bytes = max(0, bytes + excluded.bytes)`,
      owner,
      bytes,
    );
  }

  return {
    getState(owner: string, scope: string, key: string): { value: string; rev: number } | undefined {
      const found = find(owner, scope, key);
      return found && found.value !== null ? { value: found.value, rev: found.rev } : undefined;
    },

    /** `totalBytes` is what all that the owner keeps may take. */
    setState(
      owner: string,
      scope: string,
      key: string,
      value: string,
      ifRev: number | undefined,
      totalBytes: number = limits.stateTotalBytes,
    ): number {
      const found = find(owner, scope, key);
      checkRevision(key, found, ifRev);
      const bytes = Buffer.byteLength(value) + Buffer.byteLength(key);
      const added = bytes - (found?.bytes ?? 0);
      const total = Number(sql.get("SELECT bytes FROM state_totals WHERE owner = ?", owner)?.bytes ?? 0);
      if (added > 0 && total + added > totalBytes) {
        throw new Failure(
          "tooLarge",
          `This state takes ${total} bytes in all, keys and values; more than ${totalBytes} it may not.`,
          {
            todo: "Delete keys that are not needed any more.",
            details: { limit: totalBytes, used: total },
          },
        );
      }
      const rev = (found?.rev ?? 0) + 1;
      sql.run(
        `INSERT INTO state (owner, scope, key, rev, value, bytes) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (owner, scope, key)
          DO UPDATE SET rev = excluded.rev, value = excluded.value, bytes = excluded.bytes`,
        owner,
        scope,
        key,
        rev,
        value,
        bytes,
      );
      addToTotal(owner, added);
      return rev;
    },

    /**
     * What was kept under the bare name of a plugin becomes the state of the first who asks for it. The old rows stay, for an older
     * Parley that still reads them.
     */
    adoptState(from: string, to: string): void {
      if (find(adoptions, "everywhere", from)) return;
      if (!sql.get("SELECT 1 FROM state WHERE owner = ? LIMIT 1", from)) return;
      sql.run(
        `INSERT INTO state (owner, scope, key, rev, value, bytes)
          SELECT ?, scope, key, rev, value, bytes FROM state WHERE owner = ?
          ON CONFLICT (owner, scope, key) DO NOTHING`,
        to,
        from,
      );
      sql.run(
        `INSERT INTO state_totals (owner, bytes) SELECT ?, coalesce(sum(bytes), 0) FROM state WHERE owner = ?
          ON CONFLICT (owner) DO UPDATE SET bytes = excluded.bytes`,
        to,
        to,
      );
      sql.run(
        "INSERT INTO state (owner, scope, key, rev, value, bytes) VALUES (?, 'everywhere', ?, 1, ?, 0)",
        adoptions,
        from,
        JSON.stringify(to),
      );
    },

    /** Answers whether there was something to delete. */
    deleteState(owner: string, scope: string, key: string, ifRev: number | undefined): boolean {
      const found = find(owner, scope, key);
      checkRevision(key, found, ifRev);
      if (!found || found.value === null) return false;
      sql.run(
        "UPDATE state SET rev = ?, value = NULL, bytes = 0 WHERE owner = ? AND scope = ? AND key = ?",
        found.rev + 1,
        owner,
        scope,
        key,
      );
      addToTotal(owner, -found.bytes);
      return true;
    },

    /**
     * Keys in their order, those after `after`. Compared as bytes: of a text SQLite's functions see no more than what
     * is before a NUL.
     */
    listState(
      owner: string,
      scope: string,
      prefix: string,
      after: string | undefined,
      limit: number,
    ): { key: string; rev: number }[] {
      return sql
        .all(
          `SELECT key, rev FROM state
            WHERE owner = ? AND scope = ? AND key > ? AND substr(CAST(key AS BLOB), 1, ?) = CAST(? AS BLOB) AND value IS NOT NULL
            ORDER BY key LIMIT ?`,
          owner,
          scope,
          after ?? "",
          Buffer.byteLength(prefix),
          prefix,
          Math.max(0, Math.min(limit, mostListed)),
        )
        .map((row) => ({ key: String(row.key), rev: Number(row.rev) }));
    },
  };
}
