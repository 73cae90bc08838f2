/** Line coverage of the parts whose correctness everything else rests on. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./childProcess.ts";
import { root } from "./paths.ts";
import type { SuiteOutcome } from "./suites.ts";

/** Lines of `src/core`, `src/rpc` and `src/protocol` that unit and contract tests must reach, in per cent. */
const minimumLines = 95;

/** A folder for V8's raw figures, emptied. */
export function coverageFolder(): string {
  const folder = join(root, "coverage", "raw");
  rmSync(join(root, "coverage"), { recursive: true, force: true });
  return folder;
}

/** Prints the figure and says whether it is high enough; `npm test` counts that as one test. */
export async function reportCoverage(folder: string): Promise<SuiteOutcome> {
  const outcome: SuiteOutcome = { suite: "coverage", passed: 0, failed: 1 };
  if (!existsSync(folder)) return { ...outcome, problem: "No suite left coverage figures." };
  const c8 = join(root, "node_modules", "c8", "bin", "c8.js");
  const parts = ["core", "rpc", "protocol"].flatMap((part) => ["--include", `src/${part}/**`]);
  await runNode(c8, [
    "report",
    "--temp-directory",
    folder,
    "--reports-dir",
    join(root, "coverage"),
    ...parts,
    "--reporter",
    "json-summary",
    "--reporter",
    "lcovonly",
  ]);
  const summary = join(root, "coverage", "coverage-summary.json");
  if (!existsSync(summary)) return { ...outcome, problem: "c8 wrote no summary." };
  const lines = (JSON.parse(readFileSync(summary, "utf8")) as { total: { lines: { pct: number } } }).total.lines.pct;
  const enough = lines >= minimumLines;
  console.log(`Line coverage of src/core, src/rpc and src/protocol by ${"unit and contract tests"}: ${lines} %`);
  if (enough) return { suite: "coverage", passed: 1, failed: 0 };
  return { ...outcome, problem: `Line coverage is ${lines} %, below ${minimumLines} %.` };
}
