import { readFileSync } from "node:fs";
import { type RunCommand, runCommand } from "./python.ts";

/** A process and the moment it began, so that a process id that was given out again is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process of the same boot. */
  readonly started: string;
}

/**
 * When the process with this id began, as an opaque text: on Linux the boot's id and the start time of `/proc`, elsewhere
 * what the system's own tool prints. Undefined when there is no such process, or it cannot be told.
 */
export async function startOf(pid: number, run: RunCommand = runCommand): Promise<string | undefined> {
  if (process.platform === "linux") return linuxStartOf(pid);
  try {
    const printed =
      process.platform === "win32"
        ? await run("powershell.exe", [
            "-NoProfile",
            "-NonInteractive",
            "-Command",
            `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`,
          ])
        : await run("ps", ["-o", "lstart=", "-p", String(pid)]);
    return printed.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The same without waiting, where `/proc` has it. A zombie is not there any more. */
export function linuxStartOf(pid: number): string | undefined {
  const fields = linuxFieldsOf(pid);
  if (fields === undefined || fields[0] === "Z" || fields[0] === "X") return undefined;
  return `${bootId()}/${fields[19]}`;
}

/** The process id of the parent, where `/proc` has it. */
export function linuxParentOf(pid: number): number | undefined {
  const parent = linuxFieldsOf(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** What `/proc` says of a process, from its state on. */
function linuxFieldsOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may contain anything; what counts follows the last one.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

export async function isAlive(identity: ProcessIdentity, run: RunCommand = runCommand): Promise<boolean> {
  return (await startOf(identity.pid, run)) === identity.started;
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
