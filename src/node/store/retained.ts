import type { Statements } from "./statements.ts";

/** A row of an event that outlives the window; `lease` and `body` are JSON text. */
export interface StoredRetained {
  readonly id: string;
  readonly workspace: string;
  /** Which window has it; null for what the windows of the workspace share. */
  readonly lease: string | null;
  readonly conversation: string | null;
  readonly body: string;
}

/** Events that were published to be kept, the last ones of topics, and what was given up of them. */
export function retainedOperations(sql: Statements) {
  return {
    saveRetained(rows: readonly StoredRetained[]): void {
      for (const { id, workspace, lease, conversation, body } of rows)
        sql.run(
          `INSERT INTO retained (id, workspace, lease, conversation, body) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET body = excluded.body, conversation = excluded.conversation`,
          id,
          workspace,
          lease,
          conversation,
          body,
        );
    },

    deleteRetained(ids: readonly string[]): void {
      for (const id of ids) sql.run("DELETE FROM retained WHERE id = ?", id);
    },

    sharedRetained(workspace: string): string[] {
      return sql.bodies("SELECT body FROM retained WHERE workspace = ? AND lease IS NULL ORDER BY row", workspace);
    },

    retainedLeases(workspace: string): string[] {
      return sql
        .all("SELECT DISTINCT lease FROM retained WHERE workspace = ? AND lease IS NOT NULL", workspace)
        .map(({ lease }) => String(lease));
    },

    takeRetained(workspace: string, from: readonly string[], to: string): string[] {
      const taken = from.flatMap((lease) =>
        sql.all("SELECT row, body FROM retained WHERE workspace = ? AND lease = ?", workspace, lease),
      );
      for (const { row } of taken) sql.run("UPDATE retained SET lease = ? WHERE row = ?", to, Number(row));
      return taken.sort((one, other) => Number(one.row) - Number(other.row)).map(({ body }) => String(body));
    },
  };
}
