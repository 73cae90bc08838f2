/**
 * The guardian: a program of its own, one per window, that ends the plugins when the extension host vanishes. The host
 * holds its standard input and names the runs on it, a line of JSON each, as `GuardianWord` has it: when one begins, when its
 * process is there, when nothing is left of it. When the input ends, whatever the reason, the groups of these processes get SIGTERM, a
 * second later what is left of the runs is killed, strays too, and the guardian leaves. It never starts anything and never writes.
 */
import { createInterface } from "node:readline";
import { isJsonObject, parseJson } from "../base/json.ts";
import type { GuardianWord, WatchedRun } from "./guardianClient.ts";
import { linuxStartOf } from "./processIdentity.ts";
import { groupExists, systemTree } from "./processTree.ts";
import { endStrays } from "./strays.ts";

const graceMs = 1_000;
const runs = new Map<string, WatchedRun>();

// What ends a terminal or a session must not end the one who cleans up after it; the end of the input does.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(signal, () => {});

const input = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
input.on("line", (line) => {
  // A host that is killed in the midst of a line leaves half of it, which is no JSON.
  const said = parseJson(line);
  if (!isJsonObject(said)) return;
  const word = said as unknown as GuardianWord;
  if ("gone" in word) runs.delete(word.gone);
  else runs.set(word.runDir, word);
});
input.on("close", () => void endAll());
process.stdin.on("error", () => input.close());

async function endAll(): Promise<void> {
  const tree = systemTree();
  const groups = [...runs.values()].flatMap((run) => (run.pid !== undefined && isOurs(run) ? [run.pid] : []));
  for (const pid of groups) tree.terminate(pid);
  const end = Date.now() + graceMs;
  while (Date.now() < end && groups.some(groupExists)) await new Promise((resolve) => setTimeout(resolve, 25));
  for (const pid of groups) tree.kill(pid);
  await endStrays(runs.keys());
  // On Windows the ending is a program that was just started; let it begin.
  setTimeout(() => process.exit(0), process.platform === "win32" ? 500 : 0);
}

/** A group whose leader is gone keeps its id to itself; a leader that began at another time is a stranger's. */
function isOurs({ pid = 0, started }: WatchedRun): boolean {
  if (process.platform !== "linux" || started === undefined) return true;
  const now = linuxStartOf(pid);
  return now === undefined || now === started;
}
