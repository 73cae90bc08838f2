/** The store's worker with one word more: it ends at once when it is asked to delete the rule `die`. */
import { parentPort } from "node:worker_threads";
import type { ToWorker } from "../../../src/node/store/messages.ts";

parentPort?.on("message", (message: ToWorker) => {
  if (message.type === "batch" && message.operations.some((one) => one.args[0] === "die")) process.exit(1);
});
await import("../../../src/node/storeWorker.ts");
