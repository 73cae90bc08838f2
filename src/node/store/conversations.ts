import type { Statements } from "./statements.ts";

/** The most characters of one message that the search knows. */
const indexedLength = 100_000;

const mostListed = 10_000;

/** Conversations, what belongs to them, and the search over them. Records travel as JSON text and are not looked into here. */
export function conversationOperations(sql: Statements) {
  function indexTitle(row: unknown, title: string): void {
    sql.run("DELETE FROM title_search WHERE rowid = ?", Number(row));
    sql.run("INSERT INTO title_search (rowid, text) VALUES (?, ?)", Number(row), title);
  }

  return {
    /** Newest first. Every word of the query must begin a word of the title, or of one message; the workspace counts without one. */
    listConversations(query: string | undefined, limit: number | undefined, workspace: string | undefined): string[] {
      const most = Math.max(0, Math.min(limit ?? 200, mostListed));
      const match = matchExpression(query ?? "");
      if (match === undefined && workspace !== undefined) {
        return sql.bodies(
          "SELECT body FROM conversations WHERE json_extract(body, '$.workspace') = ? ORDER BY updated_at DESC, row DESC LIMIT ?",
          workspace,
          most,
        );
      }
      if (match === undefined) {
        return sql.bodies("SELECT body FROM conversations ORDER BY updated_at DESC, row DESC LIMIT ?", most);
      }
      return sql.bodies(
        `SELECT body FROM conversations
          WHERE row IN (SELECT rowid FROM title_search WHERE title_search MATCH ?)
             OR id IN (SELECT conversation FROM entries
                        WHERE row IN (SELECT rowid FROM entry_search WHERE entry_search MATCH ?))
          ORDER BY updated_at DESC, row DESC LIMIT ?`,
        match,
        match,
        most,
      );
    },

    saveConversation(id: string, updatedAt: number, title: string, body: string): void {
      const row = sql.get(
        `INSERT INTO conversations (id, updated_at, body) VALUES (?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at, body = excluded.body RETURNING row`,
        id,
        updatedAt,
        body,
      );
      indexTitle(row?.row, title);
    },

    /** Its entries, calls and turns go with it; the journal keeps who did what, and loses what was said. */
    deleteConversation(id: string): void {
      sql.run("DELETE FROM contents WHERE conversation = ?", id);
      sql.run("DELETE FROM retained WHERE conversation = ?", id);
      sql.run("DELETE FROM conversations WHERE id = ?", id);
      sql.run("UPDATE journal SET data = 'null' WHERE conversation = ?", id);
    },

    loadConversation(id: string): { conversation: string; entries: string[]; calls: string[] } | undefined {
      const found = sql.get("SELECT body FROM conversations WHERE id = ?", id);
      if (!found) return undefined;
      return {
        conversation: String(found.body),
        entries: sql.bodies("SELECT body FROM entries WHERE conversation = ? ORDER BY position, row", id),
        calls: sql.bodies("SELECT body FROM calls WHERE conversation = ? ORDER BY position, row", id),
      };
    },

    /** `open` where somebody waits for an answer to it. */
    saveEntry(
      id: string,
      conversation: string,
      position: number,
      text: string | undefined,
      open: boolean,
      body: string,
    ): void {
      const row = sql.get(
        `INSERT INTO entries (id, conversation, position, open, body) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET position = excluded.position, open = excluded.open, body = excluded.body
          RETURNING row`,
        id,
        conversation,
        position,
        Number(open),
        body,
      );
      if (text === undefined) return;
      sql.run("DELETE FROM entry_search WHERE rowid = ?", Number(row?.row));
      const indexed = text.slice(0, indexedLength);
      sql.run("INSERT INTO entry_search (rowid, text) VALUES (?, ?)", Number(row?.row), indexed);
    },

    deleteEntry(id: string): void {
      sql.run("DELETE FROM entries WHERE id = ?", id);
    },

    /** `open` until it has ended. */
    saveCall(
      id: string,
      conversation: string | null,
      position: number | null,
      startedAt: number,
      open: boolean,
      body: string,
    ): void {
      sql.run(
        `INSERT INTO calls (id, conversation, position, started_at, open, body) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET position = excluded.position, open = excluded.open, body = excluded.body`,
        id,
        conversation,
        position,
        startedAt,
        Number(open),
        body,
      );
    },

    openCalls(): string[] {
      return sql.bodies("SELECT body FROM calls WHERE open = 1");
    },

    openCards(): string[] {
      return sql.bodies("SELECT body FROM entries WHERE open = 1");
    },

    loadCall(id: string): string | undefined {
      return sql.bodies("SELECT body FROM calls WHERE id = ?", id)[0];
    },

    saveTurn(id: string, conversation: string, state: string, body: string): void {
      sql.run(
        `INSERT INTO turns (id, conversation, state, body) VALUES (?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`,
        id,
        conversation,
        state,
        body,
      );
    },

    openTurns(): string[] {
      return sql.bodies("SELECT body FROM turns WHERE state = 'running'");
    },
  };
}

/** A person's words as an FTS5 expression: quoted, so that nothing in them is syntax; each may be the beginning of a word. */
function matchExpression(query: string): string | undefined {
  const words = query.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) return undefined;
  return words
    .slice(0, 20)
    .map((word) => `"${word}"*`)
    .join(" AND ");
}
