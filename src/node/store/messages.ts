import type { FailureKind } from "../../base/failure.ts";

/** What the store's worker thread and its host say to each other. */

/** One thing to do, by the name of a method of `Operations`. */
export interface Operation {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Host → worker. The worker answers `batch` with `results`, and `close` by ending. */
export type ToWorker = { type: "batch"; operations: Operation[] } | { type: "close" };

export interface PlainFailure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly todo?: string;
  readonly details?: Record<string, unknown>;
}

export type Result = { id: number; value: unknown } | { id: number; failure: PlainFailure };

/** What the host should know of the database; sent once it is open, and again when it had to be replaced. */
export interface OpenReport {
  /** Why nothing can be written; a sentence with what to do. */
  readonly readOnly?: string;
  /** What the person should be told, for example that a damaged file was moved aside. */
  readonly notice?: string;
}

/** Worker → host. */
export type FromWorker = { type: "opened"; report: OpenReport } | { type: "results"; results: Result[] };

/** Given to the worker when it is started. */
export interface WorkerData {
  readonly path: string;
}
