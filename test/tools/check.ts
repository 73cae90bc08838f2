/** The checks that need no VS Code: types, lint, import directions, unused code, and documents that follow the code. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./childProcess.ts";
import { root } from "./paths.ts";
import { addResults, clearResults } from "./results.ts";

/** Runs every check, also after one has failed, and adds a result for each to the suite `check`. */
export async function runCheck(): Promise<undefined> {
  clearResults("check");
  await step("types", () => runNode(bin("typescript", "tsc"), ["--noEmit"]));
  await step("lint", () => runNode(bin("@biomejs/biome", "biome"), ["check"]));
  console.log("— architecture");
  await runNode(join(root, "test", "tools", "mochaChild.ts"), ["check", join(root, "test", "architecture.test.ts")]);
  await step("nothing unused", () => runNode(bin("knip", "knip"), ["--no-progress"]));
  const docs = join(root, "test", "tools", "docs.mjs");
  if (existsSync(docs)) await step("docs follow the code", () => runNode(docs, ["--check"]));
  return undefined;
}

async function step(title: string, work: () => Promise<number>): Promise<void> {
  console.log(`— ${title}`);
  const started = performance.now();
  const code = await work();
  const durationMs = Math.round(performance.now() - started);
  const common = { title: `check › ${title}`, file: "test/tools/check.ts", durationMs };
  addResults("check", [
    code === 0 ? { ...common, state: "passed" } : { ...common, state: "failed", error: `exit code ${code}` },
  ]);
}

/** The script behind a library's command. */
function bin(library: string, command: string): string {
  const folder = join(root, "node_modules", library);
  const { bin: commands } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    bin: string | Record<string, string>;
  };
  const file = typeof commands === "string" ? commands : commands[command];
  if (!file) throw new Error(`${library} has no command ${command}`);
  return join(folder, file);
}
