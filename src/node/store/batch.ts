import type { DatabaseSync } from "node:sqlite";
import { Failure } from "../../base/failure.ts";
import { concernsOneOperation, failureOf, plainFailure } from "./faults.ts";
import type { Operation, Result } from "./messages.ts";
import { isWrite, type Operations, operationsOf } from "./operations.ts";
import { Statements } from "./statements.ts";

/** Runs batches of operations on one open database: the writes of a batch are one transaction. */
export class BatchRunner {
  readonly #database: DatabaseSync;
  readonly #operations: Operations;
  readonly #readOnly: string | undefined;

  /** `folder` is where texts are that are too large for the database. */
  constructor(database: DatabaseSync, readOnly: string | undefined, folder: string) {
    this.#database = database;
    this.#operations = operationsOf(new Statements(database), folder);
    this.#readOnly = readOnly;
  }

  /**
   * Does everything in order and answers a result for each. An operation that fails by itself (a conflict, a missing
   * conversation) takes nothing with it; when the transaction fails, each of its writes fails and nothing of it is kept.
   *
   * @returns also the error that the whole transaction failed with, for a caller that can repair the file
   */
  run(operations: readonly Operation[]): { results: Result[]; fatal?: unknown } {
    if (this.#readOnly !== undefined || !operations.some((one) => isWrite(one.name))) {
      return { results: operations.map((one) => (isWrite(one.name) ? this.#refused(one) : this.#one(one))) };
    }
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      const results = operations.map((one) => (isWrite(one.name) ? this.#apart(one) : this.#one(one)));
      this.#database.exec("COMMIT");
      return { results };
    } catch (error) {
      this.#rollBack("ROLLBACK");
      const failure = plainFailure(failureOf(error));
      // What a read saw may have been undone just now, so it looks again.
      const results = operations.map((one) => (isWrite(one.name) ? { id: one.id, failure } : this.#one(one)));
      return { results, fatal: error };
    }
  }

  /** One write that can be taken back alone. */
  #apart(operation: Operation): Result {
    this.#database.exec("SAVEPOINT one");
    try {
      const value = this.#call(operation);
      this.#database.exec("RELEASE one");
      return { id: operation.id, value };
    } catch (error) {
      if (!concernsOneOperation(error)) throw error;
      this.#database.exec("ROLLBACK TO one; RELEASE one");
      return { id: operation.id, failure: plainFailure(failureOf(error)) };
    }
  }

  #one(operation: Operation): Result {
    try {
      return { id: operation.id, value: this.#call(operation) };
    } catch (error) {
      return { id: operation.id, failure: plainFailure(failureOf(error)) };
    }
  }

  #refused({ id }: Operation): Result {
    return { id, failure: plainFailure(new Failure("unavailable", this.#readOnly ?? "")) };
  }

  #call(operation: Operation): unknown {
    const run = this.#operations[operation.name as keyof Operations] as (...args: readonly unknown[]) => unknown;
    return run(...operation.args);
  }

  #rollBack(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch {
      // SQLite rolled back by itself, or never began.
    }
  }
}
