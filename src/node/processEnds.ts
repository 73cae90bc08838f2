/** What is said of a plugin's process that has ended, or that was never there. */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { Failure } from "../base/failure.ts";
import type { Shut } from "./sandbox/sandboxes.ts";

/** How the plugin's own process ended: a wrapper ends with 128 and the number of the signal that ended it. */
export function ownEnd(code: number | null, signal: string | null, shut: Shut | undefined) {
  const names = Object.entries(constants.signals);
  const own = shut?.command.wrapped && code !== null && names.find(([, number]) => code === 128 + number)?.[0];
  return own ? { code: null, signal: own } : { code, signal };
}

/** Why a program was not started, and what to do; `root` is the folder in which it was to run. */
export function startErrorOf(error: unknown, root: string, file?: string): string {
  if (error instanceof Failure) return error.todo ? `${error.message} ${error.todo}` : error.message;
  const code = (error as NodeJS.ErrnoException).code;
  // A program is not found either where the folder is gone in which it is to run.
  if (code === "ENOENT" && !existsSync(root)) {
    return `It cannot be started: its folder ${root} is not there any more. Install the plugin again.`;
  }
  if (code === "ENOENT") {
    return `It cannot be started: there is no program "${file ?? "?"}" on the PATH. Install it, or correct the plugin's run command.`;
  }
  if (code === "EACCES") return `It cannot be started: "${file ?? "?"}" is not executable.`;
  return `It cannot be started: ${error instanceof Error ? error.message : String(error)}.`;
}
