/** Looking at the processes of this machine, for tests that must leave none behind. Linux only: it reads `/proc`. */
import { readdirSync, readFileSync } from "node:fs";
import { linuxStartOf, type ProcessIdentity } from "../../src/node/processIdentity.ts";

/** A live process, with its command line for a message. */
export interface SeenProcess extends ProcessIdentity {
  readonly command: string;
}

/**
 * The live processes whose environment names this text. A plugin is given paths in the host's folder, and whatever it
 * starts inherits them, so a process that left its group or lost its parent is found all the same.
 */
export function processesNaming(text: string): SeenProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const pid = Number(name);
    if (!read(pid, "environ").includes(text)) return [];
    const started = linuxStartOf(pid);
    return started === undefined ? [] : [{ pid, started, command: read(pid, "cmdline").replaceAll("\0", " ") }];
  });
}

/** How many file descriptors this process has open. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
