/** Running other programs from the tools: output goes straight to the person, the exit code comes back. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.ts";

/** Runs a program in the repository and resolves to its exit code; a signal's end counts as 1. */
export function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
    child.on("error", (error) => reject(new Error(`Could not start ${command}: ${error.message}`, { cause: error })));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Runs a script on this same Node. */
export function runNode(
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<number> {
  return run(process.execPath, [script, ...args], env);
}

/** Builds `dist/`. Throws when a target fails; the compiler has then said why. */
export async function buildProduct(): Promise<void> {
  const code = await runNode(join(root, "esbuild.mjs"));
  if (code !== 0) throw new Error("The build failed; what it said is above.");
}
