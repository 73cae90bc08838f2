/** Whether the tests that the documentation links have run, now that every suite has. */
import { join } from "node:path";
import { runNode } from "./childProcess.ts";
import { root } from "./paths.ts";
import type { SuiteOutcome } from "./suites.ts";

/** Counts as one test of `npm test`; what is missing is printed. */
export async function checkProofs(): Promise<SuiteOutcome> {
  const code = await runNode(join(root, "test", "tools", "docs.mjs"), ["--check", "--results"]);
  if (code === 0) return { suite: "proofs", passed: 1, failed: 0 };
  return {
    suite: "proofs",
    passed: 0,
    failed: 1,
    problem: "A test that the documentation links did not run, or failed.",
  };
}
