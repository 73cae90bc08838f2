import { readdirSync, readFileSync } from "node:fs";

/**
 * Whether processes of this group are left that were given `text` in their environment, as a run's own folder is to a plugin and
 * to all that it starts. So a group whose leader is gone is told apart from one that merely got the same id. Only where
 * `/proc` says so; elsewhere the answer is no.
 */
export function leftBehind(group: number, text: string): boolean {
  return processes().some((pid) => groupOf(pid) === group && read(pid, "environ").includes(text));
}

/** The groups of all processes that were given `text` in their environment; none where there is no `/proc`. */
export function groupsGiven(text: string): number[] {
  const given = processes().filter((pid) => read(pid, "environ").includes(text));
  return [...new Set(given.map(groupOf))].filter((group) => group > 1);
}

function processes(): string[] {
  return process.platform === "linux" ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
}

/** The fields of `stat` that count follow the program's name, which stands in parentheses and may contain anything. */
function groupOf(pid: string): number {
  const stat = read(pid, "stat");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
