/**
 * The module that VS Code loads in its extension host for a test run. It runs the bundles named in the environment and
 * writes the results to a file, because all that VS Code hands back is whether `run` threw.
 */
import { writeFileSync } from "node:fs";
import { runMocha } from "../tools/mochaRun.ts";

/** What the runner outside passes in `PARLEY_HOST_RUN`, as JSON. */
export interface InHostRun {
  /** Bundle by source file, as the results should show it. */
  files: Record<string, string>;
  grep?: string;
  resultsFile: string;
}

/** Called by VS Code. Throws when a test failed. */
export async function run(): Promise<void> {
  const order = JSON.parse(process.env.PARLEY_HOST_RUN ?? "{}") as InHostRun;
  const sourceOf = new Map(Object.entries(order.files).map(([source, bundle]) => [bundle, source]));
  const results = await runMocha({
    files: [...sourceOf.keys()],
    grep: order.grep,
    timeoutMs: 60_000,
    displayFile: (file) => sourceOf.get(file) ?? file,
  });
  writeFileSync(order.resultsFile, JSON.stringify(results));
  const failed = results.filter((test) => test.state === "failed").length;
  if (failed > 0) throw new Error(`${failed} of ${results.length} tests failed in the extension host.`);
}
