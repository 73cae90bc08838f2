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

/** Rows of one sweep: another window must not wait long for its end. */
const sweptTogether = 500;

/** The append-only journal, and the rules. */
export function journalOperations(sql: Statements) {
  /** Whether the text of a rule stands once more among what is to be deleted, so that nothing that stays is explained by this one. */
  const toldAgain = (rule: string, row: number, since: number, last: number) =>
    sql.get(
      `SELECT 1 FROM journal
        WHERE rule = ? AND type = 'permission.rule' AND row > ? AND (timestamp < ? OR row <= ?) LIMIT 1`,
      rule,
      row,
      since,
      last,
    );

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

    /**
     * Deletes what is too old or too much of the next batch of rows behind the place `after`. The text of a rule stays
     * until it was written again, so that what names it can be explained, and so does the newest row, from which the
     * numbers go on. Rows are in the order of time.
     */
    sweepJournal(since: number, most: number, after: number): number | undefined {
      const calls = sql.all(
        "SELECT row FROM calls WHERE conversation IS NULL AND open = 0 AND started_at < ? LIMIT ?",
        since,
        sweptTogether,
      );
      for (const { row } of calls) sql.run("DELETE FROM calls WHERE row = ?", Number(row));
      const newest = Number(sql.get("SELECT max(row) AS row FROM journal")?.row ?? 0);
      const rows = sql.all(
        "SELECT row, timestamp, type, rule FROM journal WHERE row > ? AND row < ? ORDER BY row LIMIT ?",
        after,
        newest,
        sweptTogether,
      );
      for (const { row, timestamp, type, rule } of rows) {
        if (Number(timestamp) >= since && Number(row) > newest - most)
          // What follows is newer still.
          return calls.length < sweptTogether ? undefined : after;
        if (type === "permission.rule" && !toldAgain(String(rule), Number(row), since, newest - most)) continue;
        sql.run("DELETE FROM journal WHERE row = ?", Number(row));
      }
      const last = rows.at(-1);
      if (last) return Number(last.row);
      return calls.length < sweptTogether ? undefined : after;
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
    // Rows of calls and of rights name all that have a part in it in their data.
    const [caller, target] = [`"plugin:${plugin}"`, `"target":"${plugin}/`];
    const named = "(type LIKE 'call.%' OR (type LIKE 'permission.%' AND type <> 'permission.rule'))";
    where(`(plugin = ? OR (${named} AND (instr(data, ?) > 0 OR instr(data, ?) > 0)))`, plugin, caller, target);
  }
  if (conversation !== undefined) where("conversation = ?", conversation);
  if (rule !== undefined) where("(rule = ? OR instr(rules, ?) > 0)", rule, JSON.stringify(rule));
  if (since !== undefined) where("timestamp >= ?", since);
  if (until !== undefined) where("timestamp <= ?", until);
  for (const word of (text ?? "").toLowerCase().split(/\s+/).filter(Boolean)) {
    // SQLite's own `lower` is quick and knows the letters of ASCII alone.
    const fold = /[^ -~]/.test(word) ? "folded" : "lower";
    const found = `instr(${fold}(type || ' ' || source || ' ' || coalesce(rule, '') || ' ' || data), ?) > 0`;
    // What is said in a row stands there as JSON.
    where(`(${found} OR ${found})`, word, JSON.stringify(word).slice(1, -1));
  }
  return { conditions, values };
}
