/** What a suite left behind: one file per suite under `test/results/`, read by the summary and by the check of `docs/`. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./paths.ts";

/** One test as it ran. `title` is the whole path of titles; `file` is relative to the repository, with `/`. */
export interface TestResult {
  title: string;
  file: string;
  state: "passed" | "failed";
  durationMs: number;
  /** The message of a failed test. */
  error?: string;
}

/** Everything one suite ran. */
export interface SuiteResults {
  suite: string;
  tests: TestResult[];
}

/** The file that holds a suite's results. */
export function resultsFile(suite: string): string {
  return join(root, "test", "results", `${suite}.json`);
}

/** Forgets what an earlier run of the suite left, so that a suite that crashes cannot show old results. */
export function clearResults(suite: string): void {
  rmSync(resultsFile(suite), { force: true });
}

/** Reads a suite's results; undefined when it wrote none. */
export function readResults(suite: string): SuiteResults | undefined {
  try {
    return JSON.parse(readFileSync(resultsFile(suite), "utf8")) as SuiteResults;
  } catch {
    return undefined;
  }
}

/** Writes results as a suite's own, or adds them to those it already has (a suite may run in several parts). */
export function addResults(suite: string, tests: readonly TestResult[]): void {
  const file = resultsFile(suite);
  mkdirSync(dirname(file), { recursive: true });
  const before = readResults(suite)?.tests ?? [];
  writeFileSync(file, `${JSON.stringify({ suite, tests: [...before, ...tests] }, null, 2)}\n`);
}
