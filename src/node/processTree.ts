import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Ends a process together with what it started. Neither function throws or waits; a process that is gone is no fault. */
export interface ProcessTree {
  /** Asks it to end. */
  terminate(pid: number): void;
  /** Ends it. */
  kill(pid: number): void;
  /** Ends what a process that is gone left behind, where the system can tell. */
  reap(pid: number): void;
}

/** Starts a program and does not wait for it; the command line is Windows' `taskkill`. */
export type StartProgram = (file: string, args: readonly string[]) => void;

const startProgram: StartProgram = (file, args) => {
  execFile(file, [...args], { windowsHide: true, timeout: 10_000 }, () => {});
};

/** On POSIX each plugin leads a process group of its own, and signals go to the group. */
export const posixTree: ProcessTree = {
  terminate(pid) {
    const held = heldBy(pid);
    for (const member of held) signal(member, "SIGTERM");
    if (held.length === 0) signalGroup(pid, "SIGTERM");
  },
  kill: (pid) => signalGroup(pid, "SIGKILL"),
  reap: (pid) => signalGroup(pid, "SIGKILL"),
};

/** On Windows `taskkill /T` walks the tree; without `/F` it only reaches programs with a window, so it is always given. */
export function windowsTree(start: StartProgram = startProgram): ProcessTree {
  const end = (pid: number) => start("taskkill", ["/PID", String(pid), "/T", "/F"]);
  return { terminate: end, kill: end, reap: () => {} };
}

export function systemTree(platform = process.platform): ProcessTree {
  return platform === "win32" ? windowsTree() : posixTree;
}

/** Whether any process of the group is left; a zombie that nobody waited for yet counts. */
export function groupExists(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * The members of a group that a sandbox leads, without those that are the sandbox: it dies of SIGTERM at once and takes all
 * that it holds along, which then could not take leave. None where no sandbox leads the group. Never throws.
 */
function heldBy(leader: number): number[] {
  if (programOf(leader)?.name !== sandboxProgram) return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1)
    .filter((pid) => {
      const program = programOf(pid);
      return program?.group === leader && program.name !== sandboxProgram;
    });
}

const sandboxProgram = "bwrap";

/** The name of a process and the group that it is in, where `/proc` tells. */
function programOf(pid: number): { name: string; group: number } | undefined {
  try {
    const [, name = "", fields = ""] = /^\d+ \((.*)\) \S+ (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return { name, group: Number(fields.split(" ")[1]) };
  } catch {
    return undefined;
  }
}

function signalGroup(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  signal(-pid, name);
}

function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone, or not ours any more.
  }
}
