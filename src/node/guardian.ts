/**
 * The guardian: a program of its own, one per window, that ends the plugins when the extension host vanishes. The host
 * holds its standard input and names the process groups on it, line by line: `+PID START` when one begins (START as
 * `startOf` tells it), `-PID` when it is gone. When the input ends, whatever the reason, the groups that are left get
 * SIGTERM, a second later SIGKILL, and the guardian leaves. It never starts anything and never writes.
 */
import { createInterface } from "node:readline";
import { linuxStartOf } from "./processIdentity.ts";
import { groupExists, systemTree } from "./processTree.ts";

const graceMs = 1_000;
const groups = new Map<number, string>();

// What ends a terminal or a session must not end the one who cleans up after it; the end of the input does.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(signal, () => {});

const input = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
input.on("line", (line) => {
  const [, sign, pid, started = ""] = /^([+-])(\d{1,10})(?: (.*))?$/.exec(line) ?? [];
  const id = Number(pid);
  if (!(id > 1)) return;
  if (sign === "+") groups.set(id, started);
  else groups.delete(id);
});
input.on("close", () => void endAll());
process.stdin.on("error", () => input.close());

async function endAll(): Promise<void> {
  const tree = systemTree();
  const ours = [...groups].filter(([pid, started]) => isOurs(pid, started)).map(([pid]) => pid);
  for (const pid of ours) tree.terminate(pid);
  const end = Date.now() + graceMs;
  while (Date.now() < end && ours.some(groupExists)) await new Promise((resolve) => setTimeout(resolve, 25));
  for (const pid of ours) tree.kill(pid);
  // On Windows the ending is a program that was just started; let it begin.
  setTimeout(() => process.exit(0), process.platform === "win32" ? 500 : 0);
}

/** A group whose leader is gone keeps its id to itself; a leader that began at another time is a stranger's. */
function isOurs(pid: number, started: string): boolean {
  if (process.platform !== "linux" || started === "") return true;
  const now = linuxStartOf(pid);
  return now === undefined || now === started;
}
