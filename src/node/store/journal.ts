import type { JournalFilter } from "../../core/journal/records.ts";
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
  /** JSON text: by principal the rule that settled what it may. */
  readonly rules: string | null;
  readonly data: string;
}

const mostRead = 10_000;

/** The append-only journal, and the rules. */
export function journalOperations(sql: Statements) {
  return {
    append(rows: readonly StoredRow[]): void {
      for (const row of rows) {
        sql.run(
          `INSERT INTO journal (seq, timestamp, type, source, plugin, conversation, call_id, rule, rules, data)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          row.seq,
          row.timestamp,
          row.type,
          row.source,
          row.plugin,
          row.conversation,
          row.callId,
          row.rule,
          row.rules,
          row.data,
        );
      }
    },

    /** The newest rows that fit, oldest first. */
    readJournal(filter: JournalFilter & { limit?: number; beforeSeq?: number }): Record<string, unknown>[] {
      const { conditions, values } = whereOf(filter);
      if (filter.beforeSeq !== undefined) {
        conditions.push("seq < ?");
        values.push(filter.beforeSeq);
      }
      return sql
        .all(
          `SELECT * FROM journal ${clause(conditions)} ORDER BY seq DESC, row DESC LIMIT ?`,
          ...values,
          bounded(filter.limit ?? 200),
        )
        .reverse();
    },

    /** Rows that fit in the order in which they were written, from behind a place, each with its own place as `row`. */
    pageJournal(filter: JournalFilter, after: number, limit: number): Record<string, unknown>[] {
      const { conditions, values } = whereOf(filter);
      conditions.push("row > ?");
      return sql.all(
        `SELECT * FROM journal ${clause(conditions)} ORDER BY row LIMIT ?`,
        ...values,
        after,
        bounded(limit),
      );
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

const clause = (conditions: readonly string[]) => (conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "");
const bounded = (limit: number) => Math.max(0, Math.min(limit, mostRead));

/** The conditions of a filter in SQL, joined by AND, with the values for their places. */
function whereOf(filter: JournalFilter): { conditions: string[]; values: (string | number)[] } {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const where = (condition: string, ...more: (string | number)[]) => {
    conditions.push(condition);
    values.push(...more);
  };
  const { types, plugin, conversation, rule, since, until, text } = filter;
  if (types) {
    const parts = types.map((type) => (type.endsWith(".>") ? "substr(type, 1, ?) = ?" : "type = ?"));
    const given = types.flatMap((type) => (type.endsWith(".>") ? [type.length - 1, type.slice(0, -1)] : [type]));
    where(parts.length > 0 ? `(${parts.join(" OR ")})` : "0", ...given);
  }
  if (plugin !== undefined) {
    // Rows of calls name both parties in their data.
    const [caller, target] = [`"plugin:${plugin}"`, `"target":"${plugin}/`];
    where(
      "(plugin = ? OR (type LIKE 'call.%' AND (instr(data, ?) > 0 OR instr(data, ?) > 0)))",
      plugin,
      caller,
      target,
    );
  }
  if (conversation !== undefined) where("conversation = ?", conversation);
  if (rule !== undefined) where("(rule = ? OR instr(rules, ?) > 0)", rule, JSON.stringify(rule));
  if (since !== undefined) where("timestamp >= ?", since);
  if (until !== undefined) where("timestamp <= ?", until);
  for (const word of (text ?? "").toLowerCase().split(/\s+/).filter(Boolean))
    where("instr(lower(type || ' ' || source || ' ' || coalesce(rule, '') || ' ' || data), ?) > 0", word);
  return { conditions, values };
}
