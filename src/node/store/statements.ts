import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * Statements of one database, each prepared when it is first used and then kept. They have `folded(text)`, which is `lower` for the letters
 * of all languages.
 */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.function("folded", { deterministic: true }, (text) => String(text).toLowerCase());
  }

  run(sql: string, ...values: (string | number | null)[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  get(sql: string, ...values: (string | number | null)[]): Record<string, unknown> | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: (string | number | null)[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values);
  }

  /** The `body` column of every row. */
  bodies(sql: string, ...values: (string | number | null)[]): string[] {
    return this.all(sql, ...values).map((row) => String(row.body));
  }

  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}
