/**
 * The in-host suite. Each folder of `test/host` that holds a `run.json` is one VS Code: its tests are bundled, loaded into the
 * extension host and run there. `run.json` is `{against, extensions?, workspace?, settings?, askForTrust?}`; see `HostRun`.
 */
import {
  cpSync,
  createWriteStream,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { build, type Plugin } from "esbuild";
import { root, vsixPath } from "../tools/paths.ts";
import { addResults, type TestResult } from "../tools/results.ts";
import type { VsCodeChoice } from "../tools/suites.ts";
import { chooseVsCode, type VsCode } from "./choose.ts";
import type { InHostRun } from "./inHost.ts";

/** One start of VS Code, as its `run.json` describes it. */
export interface HostRun {
  /** Parley from this checkout (`development`) or from the VSIX, as people get it (`installed`). */
  against: "development" | "installed";
  /** More extensions, as paths from the repository's folder; no build is done for them. */
  extensions?: string[];
  /** The folder to open, copied first so that tests may change it; `test/sample` unless told, `null` for none. */
  workspace?: string | null;
  settings?: Record<string, unknown>;
  /** Leaves Workspace Trust on (the server only; the desktop runner turns it off). */
  askForTrust?: boolean;
}

/** Runs every in-host run and adds its results to the suite `host`; answers what went wrong beside failing tests. */
export async function runHostSuite(options: { grep?: string; vscode: VsCodeChoice }): Promise<string | undefined> {
  const code = await chooseVsCode(options.vscode);
  console.log(`In-host tests in the ${code.label}; its output goes to test/results/host-*.log`);
  const problems: string[] = [];
  for (const name of readdirSync(join(root, "test", "host")).sort()) {
    const file = join(root, "test", "host", name, "run.json");
    if (!existsSync(file)) continue;
    console.log(name);
    const run = JSON.parse(readFileSync(file, "utf8")) as HostRun;
    const problem = await runOne(name, run, code, options.grep).catch((error: Error) => error.message);
    if (problem) problems.push(`${name}: ${problem}`);
  }
  return problems.length > 0 ? problems.join(" ") : undefined;
}

/** Runs the tests of one folder; `testsFolder` is for runs that lie elsewhere. */
async function runOne(name: string, run: HostRun, code: VsCode, grep?: string): Promise<string | undefined> {
  const bundles = join(root, "dist", "test", "host", name);
  const files = await bundle(join(root, "test", "host", name), bundles);
  if (Object.keys(files).length === 0) return undefined;
  const scratch = mkdtempSync(join(tmpdir(), "parley-run-"));
  try {
    const folders = { extensions: join(scratch, "extensions"), userData: join(scratch, "user-data") };
    mkdirSync(join(folders.userData, "User"), { recursive: true });
    mkdirSync(folders.extensions);
    writeFileSync(join(folders.userData, "User", "settings.json"), JSON.stringify(run.settings ?? {}));
    // Copied and not under development: the server's workbench takes only one extension as that, the last one named.
    for (const path of run.extensions ?? []) {
      cpSync(join(root, path), join(folders.extensions, basename(path)), { recursive: true });
    }
    if (run.against === "installed") code.installVsix(vsixPath(), folders);
    const resultsFile = join(scratch, "results.json");
    const order: InHostRun = { files, grep, resultsFile };
    const logFile = join(root, "test", "results", `host-${name}.log`);
    mkdirSync(join(root, "test", "results"), { recursive: true });
    const log = createWriteStream(logFile);
    const failure = await runTests({
      vscodeExecutablePath: code.executable,
      // VS Code loads tests only beside an extension under development; for the installed one that is an empty one.
      extensionDevelopmentPath: [run.against === "development" ? root : bundles],
      extensionTestsPath: join(bundles, "inHost.cjs"),
      // What a workbench says of itself would bury the results; it is kept beside them.
      stdout: log,
      stderr: log,
      extensionTestsEnv: { ...code.env, PARLEY_HOST_RUN: JSON.stringify(order) },
      launchArgs: [
        ...openedFolder(run, scratch),
        `--extensions-dir=${folders.extensions}`,
        `--user-data-dir=${folders.userData}`,
        ...(run.askForTrust ? ["--ask-for-trust"] : []),
      ],
    }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (!existsSync(resultsFile))
      return `the extension host reported nothing (${failure ?? "it ended without an error"})`;
    const results = JSON.parse(readFileSync(resultsFile, "utf8")) as TestResult[];
    addResults("host", results);
    for (const test of results)
      console.log(`  ${test.state === "passed" ? "✔" : "✗"} ${test.title} (${test.durationMs} ms)`);
    return failure && results.every((test) => test.state === "passed") ? failure : undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function openedFolder(run: HostRun, scratch: string): string[] {
  if (run.workspace === null) return [];
  const source = join(root, run.workspace ?? "test/sample");
  const copy = join(scratch, basename(source));
  cpSync(source, copy, { recursive: true });
  return [copy];
}

/**
 * What the code under test loads on first use stays out of a test's bundle: in one file with the rest, the libraries that
 * both use would be initialised in an order that they cannot take.
 */
const lazyLeftOut: Plugin = {
  name: "lazy parts left out",
  setup(bundle) {
    bundle.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path, resolveDir }) =>
      kind === "dynamic-import" ? { path: join(resolveDir, path), external: true } : undefined,
    );
  },
};

/** Bundles each test of a folder, and the runner beside them; answers bundle by source. */
async function bundle(folder: string, out: string): Promise<Record<string, string>> {
  rmSync(out, { recursive: true, force: true });
  const sources = globSync("**/*.test.ts", { cwd: folder }).sort();
  if (sources.length === 0) return {};
  const prefix = folder.slice(root.length + 1).replaceAll("\\", "/");
  await build({
    absWorkingDir: root,
    entryPoints: [
      { in: "test/host/inHost.ts", out: "inHost" },
      ...sources.map((source) => ({ in: join(folder, source), out: source.replace(/\.ts$/, "") })),
    ],
    outdir: out,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    plugins: [lazyLeftOut],
    logLevel: "warning",
  });
  const manifest = { name: "parley-tests", publisher: "parley-dev", version: "0.0.1", engines: { vscode: "^1.117.0" } };
  writeFileSync(join(out, "package.json"), JSON.stringify(manifest));
  return Object.fromEntries(
    sources.map((source) => [`${prefix}/${source.replaceAll("\\", "/")}`, join(out, source.replace(/\.ts$/, ".cjs"))]),
  );
}
