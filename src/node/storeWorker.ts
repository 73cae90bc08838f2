/** The store's worker thread: opens the database that it is given, and does batches of operations on it. */
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { BatchRunner } from "./store/batch.ts";
import { moveAside, openDatabase } from "./store/database.ts";
import { isDamage } from "./store/faults.ts";
import type { FromWorker, OpenReport, Operation, ToWorker, WorkerData } from "./store/messages.ts";

// Node 22 calls node:sqlite experimental on each first use; whoever runs Parley can do nothing about that.
const emitWarning = process.emitWarning.bind(process);
process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
  if (!String(warning).includes("SQLite")) emitWarning(warning, ...rest);
}) as typeof process.emitWarning;
const sqlite = await import("node:sqlite");

const { path } = workerData as WorkerData;
let database: DatabaseSync;
let runner: BatchRunner;
open({});

parentPort?.on("message", (message: ToWorker) => {
  if (message.type === "close") {
    database.close();
    parentPort?.close();
    return;
  }
  send({ type: "results", results: run(message.operations) });
});

function run(operations: Operation[]) {
  const { results, fatal } = runner.run(operations);
  const damaged =
    isDamage(fatal) ||
    results.some((one) => "failure" in one && /malformed|not a database/.test(String(one.failure.details?.cause)));
  if (damaged) {
    // The file went bad under an open database. It is kept for repair; what was not written is told to each caller.
    try {
      database.close();
    } catch {
      // It does not matter any more.
    }
    open({ notice: moveAside(path) });
  }
  return results;
}

function open(before: OpenReport): void {
  const opened = openDatabase(sqlite, path);
  database = opened.database;
  runner = new BatchRunner(database, opened.report.readOnly, join(dirname(path), "contents"));
  send({ type: "opened", report: { ...opened.report, notice: before.notice ?? opened.report.notice } });
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}
