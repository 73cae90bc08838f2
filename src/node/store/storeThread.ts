import { Worker } from "node:worker_threads";
import { Emitter, type Event } from "../../base/emitter.ts";
import { Failure } from "../../base/failure.ts";
import type { Logger } from "../../base/logger.ts";
import type { FromWorker, OpenReport, Operation, PlainFailure, Result, ToWorker, WorkerData } from "./messages.ts";
import type { OperationName, Operations } from "./operations.ts";

export interface StoreThreadOptions {
  /** The database's file; its folder is made. */
  readonly path: string;
  /** The worker's program, a file of its own. */
  readonly workerProgram: string;
  readonly logger: Logger;
}

/** The most operations of one transaction: another window must not wait long. */
const mostInBatch = 200;
/** What may wait for a slow disk before more is refused. */
const mostWaiting = 50_000;
const mostWorkers = 5;

interface Pending {
  readonly operation: Operation;
  resolve(value: unknown): void;
  reject(failure: Failure): void;
}

/**
 * The host's side of the store's worker thread. What is asked for in one tick is one batch, and what is asked for while
 * the thread is busy is the next. A thread that ends is replaced; what it was doing fails.
 */
export class StoreThread {
  readonly #options: StoreThreadOptions;
  readonly #notices: Emitter<string>;
  readonly #opened: Set<(report: OpenReport) => void> = new Set();
  #worker: Worker | undefined;
  #workers = 0;
  #report: OpenReport | undefined;
  #waiting: Pending[] = [];
  #inFlight: Map<number, Pending> | undefined;
  #scheduled: NodeJS.Immediate | undefined;
  #lastId = 0;
  #closed = false;

  constructor(options: StoreThreadOptions) {
    this.#options = options;
    this.#notices = new Emitter((error) => options.logger.log("error", "A listener failed.", { error: String(error) }));
  }

  /** What is known of the database; undefined until it is open. */
  get report(): OpenReport | undefined {
    return this.#report;
  }

  /** What the person should be told: a damaged file that was moved aside, a database that cannot be written. */
  get onNotice(): Event<string> {
    return this.#notices.event;
  }

  /** Opens the database, unless it is open; resolves when it can be read. Every operation does it too. */
  open(): Promise<OpenReport> {
    if (this.#report) return Promise.resolve(this.#report);
    const opened = new Promise<OpenReport>((resolve) => this.#opened.add(resolve));
    this.#start();
    return opened;
  }

  /** Lets what was asked for finish, then closes the database. Nothing is accepted any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    while (this.#waiting.length > 0 || this.#inFlight) {
      const last = [...this.#waiting, ...(this.#inFlight?.values() ?? [])].at(-1);
      await this.#settled(last);
    }
    this.#closed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.ref();
    worker.postMessage({ type: "close" } satisfies ToWorker);
    await ended;
  }

  /** Closes at once; what was not committed fails. */
  dispose(): void {
    this.#closed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#failAll(new Failure("unavailable", "The store was closed."));
    void worker?.terminate();
    this.#notices.dispose();
  }

  #settled(pending: Pending | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (!pending) return resolve();
      const { resolve: onValue, reject: onFailure } = pending;
      Object.assign(pending, {
        resolve: (value: unknown) => {
          onValue(value);
          setImmediate(resolve);
        },
        reject: (failure: Failure) => {
          onFailure(failure);
          setImmediate(resolve);
        },
      });
    });
  }

  /** Does one operation; resolves when its transaction is committed. */
  ask<N extends OperationName>(name: N, ...args: Parameters<Operations[N]>): Promise<ReturnType<Operations[N]>> {
    if (this.#closed) return Promise.reject(new Failure("unavailable", "The store is closed."));
    if (this.#waiting.length >= mostWaiting) {
      const details = { retryAfterMs: 1_000, limit: mostWaiting };
      return Promise.reject(new Failure("overloaded", "The disk is too slow for what is to be saved.", { details }));
    }
    return new Promise((resolve, reject) => {
      const operation = { id: ++this.#lastId, name, args };
      this.#waiting.push({ operation, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#inFlight || this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      this.#send();
    });
  }

  #send(): void {
    const worker = this.#start();
    if (!worker) return;
    const batch = this.#waiting.splice(0, mostInBatch);
    this.#inFlight = new Map(batch.map((pending) => [pending.operation.id, pending]));
    worker.ref();
    try {
      worker.postMessage({ type: "batch", operations: batch.map((one) => one.operation) } satisfies ToWorker);
    } catch (error) {
      this.#settle(batch.map(({ operation }) => ({ id: operation.id, failure: cannotTravel(error) })));
    }
  }

  #settle(results: readonly Result[]): void {
    const inFlight = this.#inFlight;
    this.#inFlight = undefined;
    // With nothing under way the thread must not keep the process from ending.
    if (this.#waiting.length === 0) this.#worker?.unref();
    for (const result of results) {
      const pending = inFlight?.get(result.id);
      if ("failure" in result) pending?.reject(asFailure(result.failure));
      else pending?.resolve(result.value);
    }
    this.#schedule();
  }

  #start(): Worker | undefined {
    if (this.#worker || this.#closed) return this.#worker;
    if (this.#workers >= mostWorkers) {
      this.#failAll(
        new Failure("unavailable", "The store's thread ended too often and is not started again.", {
          todo: "Reload the window; the log has the details.",
        }),
      );
      return undefined;
    }
    this.#workers++;
    const { workerProgram, path, logger } = this.#options;
    const worker = new Worker(workerProgram, { workerData: { path } satisfies WorkerData, name: "parley-store" });
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => {
      if (message.type === "results") this.#settle(message.results);
      else this.#noteOpened(message.report);
    });
    worker.on("error", (error) => logger.log("error", "The store's thread failed.", { error: String(error) }));
    worker.on("exit", (code) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      logger.log("error", "The store's thread ended.", { code });
      this.#failInFlight(
        new Failure("unavailable", "The store's thread ended before it had saved this.", { todo: "Try again." }),
      );
      if (this.#opened.size > 0) this.#start();
      this.#schedule();
    });
    return worker;
  }

  #noteOpened(report: OpenReport): void {
    this.#report = report;
    for (const resolve of this.#opened) resolve(report);
    this.#opened.clear();
    if (!this.#inFlight && this.#waiting.length === 0) this.#worker?.unref();
    for (const words of [report.notice, report.readOnly]) {
      if (words === undefined) continue;
      this.#options.logger.log("warn", words);
      this.#notices.fire(words);
    }
  }

  #failInFlight(failure: Failure): void {
    const inFlight = this.#inFlight;
    this.#inFlight = undefined;
    for (const pending of inFlight?.values() ?? []) pending.reject(failure);
  }

  #failAll(failure: Failure): void {
    this.#failInFlight(failure);
    for (const pending of this.#waiting.splice(0)) pending.reject(failure);
    for (const resolve of this.#opened) resolve({ readOnly: failure.message });
    this.#opened.clear();
  }
}

function asFailure({ kind, message, todo, details }: PlainFailure): Failure {
  return new Failure(kind, message, { todo, details });
}

function cannotTravel(error: unknown): PlainFailure {
  return { kind: "invalidParams", message: `This cannot be stored: ${String(error)}` };
}
