import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Statements } from "./statements.ts";

/** How long a content is kept, and how many bytes of them all together; the oldest goes first. */
const contentKeep = { ageMs: 30 * 86_400_000, bytes: 512 * 1024 * 1024 } as const;

/** A file without a row is somebody's who is about to write it, for so long. */
const strayMs = 3_600_000;
/** Contents are counted through again after so many were added. */
const sweepEvery = 50;

export interface StoredContent {
  readonly id: string;
  readonly text: string;
  /** What is known of it besides, as JSON. */
  readonly body: string;
  readonly conversation: string | null;
  readonly createdAt: number;
}

/**
 * Texts that are too large for a row: a file beside the database for each, named by the hash of what is in it, so that
 * what is said twice is kept once.
 */
export function contentOperations(
  sql: Statements,
  folder: string,
  keep: { ageMs: number; bytes: number } = contentKeep,
) {
  let added = 0;
  const fileOf = (hash: string) => join(folder, hash);

  function sweep(now: number): void {
    const before = now - keep.ageMs;
    sql.run("DELETE FROM contents WHERE created_at < ?", before);
    let bytes = Number(sql.get("SELECT sum(bytes) AS n FROM contents")?.n ?? 0);
    while (bytes > keep.bytes) {
      const oldest = sql.get("SELECT id, bytes FROM contents ORDER BY created_at, id LIMIT 1");
      if (!oldest) break;
      sql.run("DELETE FROM contents WHERE id = ?", String(oldest.id));
      bytes -= Number(oldest.bytes);
    }
    for (const name of readdirSync(folder)) {
      if (sql.get("SELECT 1 FROM contents WHERE hash = ? LIMIT 1", name.slice(0, 64))) continue;
      const { mtimeMs } = statSync(fileOf(name), { throwIfNoEntry: false }) ?? { mtimeMs: now };
      if (now - mtimeMs > strayMs || keep !== contentKeep) rmSync(fileOf(name), { force: true });
    }
  }

  return {
    saveContent({ id, text, body, conversation, createdAt }: StoredContent): void {
      const hash = createHash("sha256").update(text).digest("hex");
      mkdirSync(folder, { recursive: true });
      if (!statSync(fileOf(hash), { throwIfNoEntry: false })) {
        const half = `${fileOf(hash)}.${process.pid}`;
        writeFileSync(half, text);
        renameSync(half, fileOf(hash));
      }
      sql.run(
        `INSERT INTO contents (id, hash, bytes, conversation, created_at, body) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO NOTHING`,
        id,
        hash,
        Buffer.byteLength(text),
        conversation,
        createdAt,
        body,
      );
      if (added++ % sweepEvery === 0 || keep !== contentKeep) sweep(createdAt);
    },

    /** Undefined where it is not kept any more, or its file is not what it was. */
    loadContent(id: string): { text: string; body: string } | undefined {
      const row = sql.get("SELECT hash, body FROM contents WHERE id = ?", id);
      if (!row) return undefined;
      try {
        const text = readFileSync(fileOf(String(row.hash)), "utf8");
        if (createHash("sha256").update(text).digest("hex") !== row.hash) return undefined;
        return { text, body: String(row.body) };
      } catch {
        return undefined;
      }
    },
  };
}
