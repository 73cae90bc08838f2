import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { type Clock, systemClock } from "../../base/clock.ts";
import { deferred } from "../../base/deferred.ts";
import type { Disposable } from "../../base/dispose.ts";
import { Failure } from "../../base/failure.ts";
import type { Logger } from "../../base/logger.ts";
import type { DatabasePort } from "../../core/ports.ts";
import { limits as all, type Limits } from "../../protocol/limits.ts";
import type { QueryDatabaseResult, SqlStatement } from "../../protocol/plugin/database.ts";
import { pluginEnvironment } from "../environment.ts";
import type { DatabaseAnswer, DatabaseLimits, DatabaseRequest, DatabaseStart } from "./messages.ts";

export interface PluginDatabasesOptions {
  /** The program of a database's process, a file of its own. */
  readonly program: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly limits?: Partial<DatabaseLimits>;
}

/**
 * How long a process without work stays, and how long one may take beside its own limit to start and to end itself, in
 * milliseconds.
 */
const idleMs = 60_000;
const graceMs = 15_000;
/** Requests of one plugin that may wait for the one that runs. */
const mostWaiting = 32;

function limitsOf(limits: Limits): DatabaseLimits {
  return {
    quotaBytes: limits.databaseBytes,
    rows: limits.databaseRows,
    resultBytes: limits.databaseResultBytes,
    timeMs: limits.databaseMs,
    memoryBytes: limits.databaseMemoryBytes,
  };
}

/** Plugins' own SQLite files, each behind a process of its own that is there while it is used. */
export class PluginDatabases implements DatabasePort, Disposable {
  readonly #options: PluginDatabasesOptions;
  readonly #open = new Map<string, OneDatabase>();
  #disposed = false;

  constructor(options: PluginDatabasesOptions) {
    this.#options = options;
  }

  query(
    folder: string,
    statements: readonly SqlStatement[],
    signal: AbortSignal,
    inForce: Limits = all,
  ): Promise<QueryDatabaseResult> {
    if (this.#disposed) return Promise.reject(new Failure("unavailable", "The window closed."));
    let database = this.#open.get(folder);
    if (!database) {
      database = new OneDatabase(join(folder, "database.sqlite"), this.#options);
      this.#open.set(folder, database);
    }
    return database.query(statements, signal, { ...limitsOf(inForce), ...this.#options.limits });
  }

  /** Ends all processes; what runs fails and is undone. */
  dispose(): void {
    this.#disposed = true;
    for (const database of this.#open.values()) database.end("The window closed.");
    this.#open.clear();
  }
}

interface Waiting {
  readonly statements: readonly SqlStatement[];
  readonly signal: AbortSignal;
  readonly limits: DatabaseLimits;
  resolve(result: QueryDatabaseResult): void;
  reject(error: unknown): void;
}

/** One file: requests one after the other, and a process that is started anew when it had to be ended, or its limits are others. */
class OneDatabase {
  readonly #path: string;
  readonly #options: PluginDatabasesOptions;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #child: ChildProcess | undefined;
  /** Those with which the process was started. */
  #limits: DatabaseLimits | undefined;
  #running = false;
  #lastId = 0;
  #idle: Disposable | undefined;
  #fail: ((failure: Failure) => void) | undefined;

  constructor(path: string, options: PluginDatabasesOptions) {
    this.#path = path;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  query(
    statements: readonly SqlStatement[],
    signal: AbortSignal,
    limits: DatabaseLimits,
  ): Promise<QueryDatabaseResult> {
    if (this.#waiting.length >= mostWaiting) {
      const failure = new Failure("overloaded", `${mostWaiting} requests already wait for the database.`, {
        details: { retryAfterMs: 250, limit: mostWaiting },
        todo: "Wait for answers before asking more.",
      });
      return Promise.reject(failure);
    }
    const { promise, resolve, reject } = deferred<QueryDatabaseResult>();
    this.#waiting.push({ statements, signal, limits, resolve, reject });
    void this.#next();
    return promise;
  }

  end(why: string): void {
    const failure = new Failure("unavailable", why);
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
    this.#fail?.(failure);
    this.#kill();
  }

  async #next(): Promise<void> {
    if (this.#running) return;
    const next = this.#waiting.shift();
    if (!next) {
      this.#idle?.dispose();
      this.#idle = this.#clock.after(idleMs, () => this.#kill());
      return;
    }
    this.#idle?.dispose();
    this.#running = true;
    try {
      next.resolve(await this.#run(next));
    } catch (error) {
      next.reject(error);
    }
    this.#running = false;
    void this.#next();
  }

  async #run({ statements, signal, limits }: Waiting): Promise<QueryDatabaseResult> {
    if (signal.aborted) throw cancelled();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = deferred<DatabaseAnswer>();
    const child = this.#childWith(limits);
    const give = (failure: Failure) => {
      this.#kill();
      reject(failure);
    };
    this.#fail = reject;
    const onMessage = (answer: DatabaseAnswer) => void (answer.id === id && resolve(answer));
    const onExit = () =>
      reject(new Failure("unavailable", "The process of the plugin's database ended.", { todo: "Try again." }));
    const onAbort = () => give(cancelled());
    const { timeMs, quotaBytes } = limits;
    const timer = this.#clock.after(timeMs + graceMs, () =>
      give(new Failure("timeout", `The plugin's database did not answer within ${timeMs / 1_000} s.`)),
    );
    child.on("message", onMessage);
    child.on("exit", onExit);
    signal.addEventListener("abort", onAbort, { once: true });
    child.ref();
    child.send({ id, statements } satisfies DatabaseRequest, (error) => void (error && onExit()));
    try {
      const answer = await promise;
      if (answer.ends) this.#kill();
      if (!("failure" in answer)) {
        return { results: answer.results, bytes: answer.bytes, quota: quotaBytes };
      }
      const { kind, message, todo, details } = answer.failure;
      throw new Failure(kind, message, { todo, details });
    } finally {
      timer.dispose();
      this.#fail = undefined;
      child.off("message", onMessage);
      child.off("exit", onExit);
      signal.removeEventListener("abort", onAbort);
      child.unref();
      child.channel?.unref();
    }
  }

  #childWith(limits: DatabaseLimits): ChildProcess {
    if (this.#limits && !sameLimits(this.#limits, limits)) this.#kill();
    this.#limits = limits;
    if (this.#child) {
      this.#child.channel?.ref();
      return this.#child;
    }
    const { program, logger } = this.#options;
    const electron = process.versions.electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: "1" };
    const child = fork(program, [JSON.stringify({ path: this.#path, limits } satisfies DatabaseStart)], {
      execArgv: ["--max-old-space-size=128"],
      env: { ...pluginEnvironment(process.env), ...electron },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#child = child;
    child.on("error", (error) => logger.log("error", "A plugin's database failed.", { error: String(error) }));
    child.on("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    return child;
  }

  #kill(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
  }
}

function sameLimits(one: DatabaseLimits, other: DatabaseLimits): boolean {
  return Object.entries(one).every(([name, value]) => other[name as keyof DatabaseLimits] === value);
}

function cancelled(): Failure {
  return new Failure("cancelled", "The query was cancelled; nothing of it is kept.");
}
