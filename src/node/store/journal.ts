import type { Statements } from "./statements.ts";

/** A journal row as the worker gets it; `data` is JSON text. */
export interface StoredRow {
  readonly seq: number;
  readonly timestamp: number;
  readonly type: string;
  readonly source: string;
  /** Whom the row is about: the plugin that caused it, or that a host's event names. */
  readonly plugin: string | null;
  readonly conversation: string | null;
  readonly callId: string | null;
  readonly rule: string | null;
  readonly data: string;
}

export interface JournalFilter {
  types?: string[];
  plugin?: string;
  conversation?: string;
  limit?: number;
  beforeSeq?: number;
}

const mostRead = 10_000;

/** The append-only journal, and the rules. */
export function journalOperations(sql: Statements) {
  return {
    append(rows: readonly StoredRow[]): void {
      for (const row of rows) {
        sql.run(
          `INSERT INTO journal (seq, timestamp, type, source, plugin, conversation, call_id, rule, data)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          row.seq,
          row.timestamp,
          row.type,
          row.source,
          row.plugin,
          row.conversation,
          row.callId,
          row.rule,
          row.data,
        );
      }
    },

    /** The newest rows that fit, oldest first. A type may end in `.>` for all that begin so. */
    readJournal(filter: JournalFilter): Record<string, unknown>[] {
      const conditions: string[] = [];
      const values: (string | number)[] = [];
      const where = (condition: string, ...more: (string | number)[]) => {
        conditions.push(condition);
        values.push(...more);
      };
      if (filter.types) {
        const parts = filter.types.map((type) => (type.endsWith(".>") ? "substr(type, 1, ?) = ?" : "type = ?"));
        const given = filter.types.flatMap((type) =>
          type.endsWith(".>") ? [type.length - 1, type.slice(0, -1)] : [type],
        );
        where(parts.length > 0 ? `(${parts.join(" OR ")})` : "0", ...given);
      }
      if (filter.plugin !== undefined) where("plugin = ?", filter.plugin);
      if (filter.conversation !== undefined) where("conversation = ?", filter.conversation);
      if (filter.beforeSeq !== undefined) where("seq < ?", filter.beforeSeq);
      const condition = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
      const limit = Math.max(0, Math.min(filter.limit ?? 200, mostRead));
      return sql
        .all(`SELECT * FROM journal ${condition} ORDER BY seq DESC, row DESC LIMIT ?`, ...values, limit)
        .reverse();
    },

    loadRules(): string[] {
      return sql.bodies("SELECT body FROM rules ORDER BY id");
    },

    saveRule(id: string, body: string): void {
      sql.run(
        "INSERT INTO rules (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        id,
        body,
      );
    },

    deleteRule(id: string): void {
      sql.run("DELETE FROM rules WHERE id = ?", id);
    },
  };
}
