/**
 * One mocha run with this project's rules, for a child process of the suite runner and for the extension host alike.
 * Skipped and exclusive tests are failures, so a suite cannot look green by not running.
 */
import type MochaTypes from "mocha";
import type { TestResult } from "./results.ts";

/** What to run and how. */
export interface MochaRun {
  files: readonly string[];
  /** Only tests whose whole title contains this text. */
  grep?: string;
  /** For one test or hook; 20 s unless told. */
  timeoutMs?: number;
  /** Turns a test's file into the path that the results show. */
  displayFile(file: string): string;
}

/** Loads the files and runs their tests, printing each; resolves to the results, hooks that failed included. */
export async function runMocha(run: MochaRun): Promise<TestResult[]> {
  const results: TestResult[] = [];
  // Asked for at run time: the bundle for the extension host leaves mocha where it is.
  const { default: Mocha } = await import("mocha");
  const mocha = new Mocha({
    ui: "bdd",
    reporter: "spec",
    timeout: run.timeoutMs ?? 20_000,
    slow: 1_000,
    forbidOnly: true,
    forbidPending: true,
    fgrep: run.grep,
  });
  for (const file of run.files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    const note = (test: MochaTypes.Runnable, state: TestResult["state"], error?: Error) => {
      results.push({
        title: test.titlePath().join(" › "),
        file: run.displayFile(test.file ?? test.parent?.file ?? ""),
        state,
        durationMs: Math.round(test.duration ?? 0),
        ...(error ? { error: String(error.message ?? error) } : {}),
      });
    };
    runner.on("pass", (test) => note(test, "passed"));
    runner.on("fail", (test, error) => note(test, "failed", error));
  });
  return results;
}
