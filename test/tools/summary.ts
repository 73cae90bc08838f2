/** The last lines of every test command. */
import { readResults } from "./results.ts";
import type { SuiteOutcome } from "./suites.ts";

/** Prints one line per suite, the failures again, and last `N passed, N failed`; answers the exit code. */
export function printSummary(outcomes: readonly SuiteOutcome[]): number {
  let passed = 0;
  let failed = 0;
  console.log("");
  for (const outcome of outcomes) {
    passed += outcome.passed;
    failed += outcome.failed;
    console.log(`${outcome.suite.padEnd(10)} ${outcome.passed} passed, ${outcome.failed} failed`);
    const tests = readResults(outcome.suite)?.tests ?? [];
    if (outcome.problem && tests.length === 0) console.log(`  ✗ ${outcome.problem}`);
    for (const test of tests) {
      if (test.state === "failed") console.log(`  ✗ ${test.title}: ${firstLine(test.error)}`);
    }
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function firstLine(text = ""): string {
  return text.trim().split("\n", 1)[0] ?? "";
}
