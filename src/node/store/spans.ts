import type { Statements } from "./statements.ts";

/** A span as the worker gets it; `body` is JSON text, the start in milliseconds since the epoch. */
export interface StoredSpan {
  readonly trace: string;
  readonly startedAt: number;
  readonly body: string;
}

const mostRead = 10_000;

/** Spans of traces, bounded by their number and their age. */
export function spanOperations(sql: Statements) {
  return {
    saveSpans(spans: readonly StoredSpan[], most: number, since: number): void {
      for (const { trace, startedAt, body } of spans)
        sql.run("INSERT INTO spans (trace, started_at, body) VALUES (?, ?, ?)", trace, startedAt, body);
      sql.run("DELETE FROM spans WHERE started_at < ?", since);
      // Rows count up, so the newest are known without a look at all of them.
      sql.run("DELETE FROM spans WHERE row <= (SELECT max(row) FROM spans) - ?", most);
    },

    readSpans(trace: string | undefined, limit: number): string[] {
      const most = Math.max(0, Math.min(limit, mostRead));
      if (trace !== undefined)
        return sql.bodies("SELECT body FROM spans WHERE trace = ? ORDER BY started_at, row LIMIT ?", trace, most);
      return sql.bodies("SELECT body FROM spans ORDER BY row DESC LIMIT ?", most).reverse();
    },
  };
}
