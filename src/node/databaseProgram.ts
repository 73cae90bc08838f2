/**
 * The process of one plugin's database. Its main thread only watches: it ends the process when a request takes too long
 * or too much memory, and when the host is gone. What temporary tables hold of earlier requests counts, and is gone
 * with the process. SQLite runs in a thread beside it, because nothing can interrupt a statement but the end.
 */
import type { DatabaseSync } from "node:sqlite";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { asFailure, Failure } from "../base/failure.ts";
import type { DatabaseAnswer, DatabaseRequest, DatabaseStart } from "./database/messages.ts";
import { openPluginDatabase } from "./database/openDatabase.ts";
import { bytesOf, runStatements } from "./database/statements.ts";
import { plainFailure } from "./store/faults.ts";

const watchMs = 25;

if (isMainThread) watch(JSON.parse(process.argv[2] ?? "{}") as DatabaseStart);
else await serve(workerData as DatabaseStart);

function watch(start: DatabaseStart): void {
  const { timeMs, memoryBytes } = start.limits;
  const worker = new Worker(new URL(import.meta.url), { workerData: start });
  const send = (answer: DatabaseAnswer, then?: () => void) => process.send?.(answer, () => then?.());
  const die = () => process.kill(process.pid, "SIGKILL");
  let running: { id: number; since: number | undefined } | undefined;
  let rest: number | undefined;
  const isTooLarge = () => rest !== undefined && process.memoryUsage.rss() - rest > memoryBytes;
  const end = (failure: Failure) => {
    if (!running) return;
    send({ id: running.id, failure: plainFailure(failure), ends: true }, die);
    running = undefined;
  };
  process.on("disconnect", die);
  process.on("message", (request: DatabaseRequest) => {
    running = { id: request.id, since: undefined };
    worker.postMessage(request);
  });
  worker.on("message", (answer: DatabaseAnswer | "begun") => {
    if (answer === "begun") {
      rest ??= process.memoryUsage.rss();
      if (running) running.since = performance.now();
      return;
    }
    running = undefined;
    if (isTooLarge()) send({ ...answer, ends: true }, die);
    else send(answer);
  });
  worker.on("error", (error) => end(asFailure(error, "The plugin's database")));
  setInterval(() => {
    if (running?.since === undefined) return;
    if (performance.now() - running.since > timeMs) {
      end(
        new Failure("timeout", `The statements took longer than ${timeMs / 1_000} s and were ended.`, {
          todo: "Ask for less at once, or add an index.",
          details: { timeoutMs: timeMs },
        }),
      );
    } else if (isTooLarge()) {
      end(
        new Failure("tooLarge", `The statements took more than ${memoryBytes} bytes of memory and were ended.`, {
          todo: "Ask for less at once.",
          details: { limit: memoryBytes },
        }),
      );
    }
  }, watchMs);
}

async function serve({ path, limits }: DatabaseStart): Promise<void> {
  // Node 22 calls node:sqlite experimental on each first use; whoever runs Parley can do nothing about that.
  process.emitWarning = () => {};
  const sqlite = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  parentPort?.on("message", ({ id, statements }: DatabaseRequest) => {
    let answer: DatabaseAnswer;
    parentPort?.postMessage("begun");
    try {
      database ??= openPluginDatabase(sqlite, path, limits);
      const results = runStatements(database, statements, limits);
      answer = { id, results, bytes: bytesOf(database) };
    } catch (error) {
      answer = { id, failure: plainFailure(error instanceof Failure ? error : cannotOpen(path, error)) };
    }
    parentPort?.postMessage(answer);
  });
}

function cannotOpen(path: string, error: unknown): Failure {
  return new Failure("unavailable", `The plugin's database ${path} cannot be opened: ${(error as Error).message}.`, {
    todo: "Look after the file and its permissions; move it away to begin a new one.",
    cause: error,
  });
}
