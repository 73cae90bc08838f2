import type { SqlResult, SqlStatement } from "../../protocol/plugin/database.ts";
import type { PlainFailure } from "../store/messages.ts";

/** What the host and the process of a plugin's database say to each other, as JSON. */

/** What one request may take. Bytes, counts and milliseconds. */
export interface DatabaseLimits {
  /** The file. */
  readonly quotaBytes: number;
  /** Rows of all answers together, and their bytes as JSON. */
  readonly rows: number;
  readonly resultBytes: number;
  readonly timeMs: number;
  /** What the process may take beside what it took before its first request. */
  readonly memoryBytes: number;
}

/** Host → process. One at a time. */
export interface DatabaseRequest {
  readonly id: number;
  readonly statements: readonly SqlStatement[];
}

/** Process → host. After an answer with `ends` the process is gone. */
export type DatabaseAnswer =
  | { readonly id: number; readonly results: SqlResult[]; readonly bytes: number; readonly ends?: boolean }
  | { readonly id: number; readonly failure: PlainFailure; readonly ends?: boolean };

/** Given to the process as its one argument. */
export interface DatabaseStart {
  readonly path: string;
  readonly limits: DatabaseLimits;
}
