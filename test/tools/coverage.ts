/** Line coverage of the parts whose correctness everything else rests on. */
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join, relative } from "node:path";
import { runNode } from "./childProcess.ts";
import { root } from "./paths.ts";
import type { SuiteOutcome } from "./suites.ts";

/** Lines of `src/core`, `src/rpc` and `src/protocol` that unit and contract tests must reach, in per cent. */
const minimumLines = 95;

const coveredParts = ["core", "rpc", "protocol"] as const;

/** A folder for V8's raw figures, emptied. */
export function coverageFolder(): string {
  const folder = join(root, "coverage", "raw");
  rmSync(join(root, "coverage"), { recursive: true, force: true });
  return folder;
}

/**
 * Prints the figure and says whether it is high enough; `npm test` counts that as one test. A file that no test loads
 * counts with all its lines, unless it holds nothing but types.
 */
export async function reportCoverage(folder: string): Promise<SuiteOutcome> {
  const outcome: SuiteOutcome = { suite: "coverage", passed: 0, failed: 1 };
  if (!existsSync(folder)) return { ...outcome, problem: "No suite left coverage figures." };
  const c8 = join(root, "node_modules", "c8", "bin", "c8.js");
  const reports = join(root, "coverage");
  await runNode(c8, [
    ...["report", "--all", "--src", "src", "--temp-directory", folder, "--reports-dir", reports],
    ...coveredParts.flatMap((part) => ["--include", `src/${part}/**`]),
    ...onlyTypes().flatMap((file) => ["--exclude", file]),
    ...["--reporter", "json-summary", "--reporter", "lcovonly"],
  ]);
  const summary = join(reports, "coverage-summary.json");
  if (!existsSync(summary)) return { ...outcome, problem: "c8 wrote no summary." };
  const files = JSON.parse(readFileSync(summary, "utf8")) as Record<string, { lines: { pct: number } }>;
  const lines = files.total?.lines.pct ?? 0;
  console.log(`Line coverage of src/core, src/rpc and src/protocol by unit and contract tests: ${lines} %`);
  if (lines >= minimumLines) return { suite: "coverage", passed: 1, failed: 0 };
  const holes = Object.entries(files)
    .filter(
      ([
        ,
        {
          lines: { pct },
        },
      ]) => pct < 70,
    )
    .map(
      ([
        file,
        {
          lines: { pct },
        },
      ]) => `  ${relative(root, file)} ${pct} %`,
    );
  console.log(["The largest holes:", ...holes].join("\n"));
  return { ...outcome, problem: `Line coverage is ${lines} %, below ${minimumLines} %.` };
}

/** The covered files that leave no code behind once their types are gone. */
function onlyTypes(): string[] {
  return globSync(
    coveredParts.map((part) => `src/${part}/**/*.ts`),
    { cwd: root },
  ).filter((file) => {
    const code = stripTypeScriptTypes(readFileSync(join(root, file), "utf8"));
    return code.replace(/\/\*[\s\S]*?\*\/|\/\/.*|[\s;]/g, "") === "";
  });
}
