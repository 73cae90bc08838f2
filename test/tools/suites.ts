/** The test suites: what each needs, how it runs, and what it came to. */
import { globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { runCheck } from "./check.ts";
import { buildProduct, runNode } from "./childProcess.ts";
import { makePackage } from "./package.ts";
import { root } from "./paths.ts";
import { addResults, clearResults, readResults } from "./results.ts";

/** Which VS Code the in-host suite runs in; see `test/host/choose.ts`. */
export type VsCodeChoice = "auto" | "server" | "minimum" | "desktop" | "download";

/** What a person may ask of a suite. */
export interface SuiteOptions {
  /** Only tests whose whole title contains this text. */
  grep?: string;
  vscode?: VsCodeChoice;
  /** Folder for V8 coverage; only the suites in `coveredSuites` fill it. */
  coverage?: string;
}

/** What a suite came to. `problem` is said when the suite itself went wrong, which counts as one failure. */
export interface SuiteOutcome {
  suite: string;
  passed: number;
  failed: number;
  problem?: string;
}

/** Every suite of `npm test`, in the order in which they run; `peers` joins once it has tests. */
export function allSuites(): string[] {
  const suites = ["check", "unit", "contract", "faults", "host", "browser"];
  if (testFiles("peers").length > 0) suites.splice(4, 0, "peers");
  return suites;
}

/** The suites whose lines count for coverage. */
export const coveredSuites: readonly string[] = ["unit", "contract"];

/** Milliseconds that one test of a suite may take, unless it asks for more. */
const timeouts: Record<string, number> = {
  unit: 10_000,
  contract: 20_000,
  faults: 60_000,
  peers: 60_000,
  browser: 180_000,
};

/** What was prepared already in this process: each preparation is done once, whichever suites ask for it. */
const prepared = new Map<string, Promise<unknown>>();

/** Runs one suite and counts; never throws for a failing test, only for a suite that does not exist. */
export async function runSuite(suite: string, options: SuiteOptions = {}): Promise<SuiteOutcome> {
  clearResults(suite);
  let problem: string | undefined;
  try {
    problem = await runParts(suite, options);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const tests = readResults(suite)?.tests ?? [];
  const passed = tests.filter((test) => test.state === "passed").length;
  const failed = tests.length - passed;
  if (!problem && tests.length === 0) {
    problem = options.grep ? `No test's title contains "${options.grep}".` : "The suite ran no test.";
  }
  if (problem)
    addResults(suite, [
      { title: `${suite} › the suite itself`, file: "", state: "failed", durationMs: 0, error: problem },
    ]);
  return { suite, passed, failed: failed + (problem ? 1 : 0), problem };
}

async function runParts(suite: string, options: SuiteOptions): Promise<string | undefined> {
  if (suite === "check") return runCheck();
  if (suite !== "unit") await once("build", buildProduct);
  if (suite === "host") {
    await once("package", makePackage);
    const { runHostSuite } = await import("../host/hostSuite.ts");
    return runHostSuite({ grep: options.grep, vscode: options.vscode ?? "auto" });
  }
  if (suite === "browser") {
    await once("package", makePackage);
    const { prepareBrowserTests } = await import("../host/prepare.ts");
    await prepareBrowserTests();
  }
  return runFiles(suite, options);
}

function once(name: string, prepare: () => Promise<unknown>): Promise<unknown> {
  const started = prepared.get(name) ?? prepare();
  prepared.set(name, started);
  return started;
}

async function runFiles(suite: string, options: SuiteOptions): Promise<string | undefined> {
  const files = testFiles(suite);
  if (files.length === 0) return undefined;
  const args = [suite, ...(options.grep ? ["--grep", options.grep] : []), ...files];
  if (timeouts[suite]) args.unshift("--timeout", String(timeouts[suite]));
  const environment: Record<string, string> = {};
  if (options.coverage && coveredSuites.includes(suite)) {
    mkdirSync(options.coverage, { recursive: true });
    environment.NODE_V8_COVERAGE = options.coverage;
  }
  const code = await runNode(join(root, "test", "tools", "mochaChild.ts"), args, environment);
  const results = readResults(suite);
  if (!results && code !== 0) return `The test process ended with code ${code} before it could report.`;
  return undefined;
}

/** The suite's test files. */
export function testFiles(suite: string): string[] {
  return globSync(`test/${suite}/**/*.test.ts`, { cwd: root, exclude: (name) => String(name).endsWith("node_modules") })
    .map((file) => join(root, file))
    .sort();
}
