import { execFile } from "node:child_process";

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
  terminate: (pid) => signalGroup(pid, "SIGTERM"),
  kill: (pid) => signalGroup(pid, "SIGKILL"),
  reap: (pid) => signalGroup(pid, "SIGKILL"),
};

/** On Windows `taskkill /T` walks the tree; without `/F` it only reaches programs with a window, so it is always given. */
export function windowsTree(start: StartProgram = startProgram): ProcessTree {
  const end = (pid: number) => start("taskkill", ["/PID", String(pid), "/T", "/F"]);
  return { terminate: end, kill: end, reap: () => {} };
}

export function systemTree(): ProcessTree {
  return process.platform === "win32" ? windowsTree() : posixTree;
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

function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone, or not ours any more.
  }
}
