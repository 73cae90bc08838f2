/** What processes have worked, which says more than the clock where others work on the same machine. */
import { readdirSync, readFileSync } from "node:fs";

/**
 * Microseconds that a process and all that it has started, with their threads, have worked so far. Undefined where the system does not
 * tell: Linux alone does.
 */
export function treeCpuUs(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const children = childrenByParent();
  let microseconds = 0;
  const left = [pid];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    microseconds += threadsUs(next);
    left.push(...(children.get(next) ?? []));
  }
  return microseconds;
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^[0-9]+$/.test(name)) continue;
    // Behind the program's name, which may hold anything but ends with the last bracket, come its state and its parent.
    const stat = read(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

/** The kernel counts each thread in nanoseconds. */
function threadsUs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of threadsOf(pid))
    nanoseconds += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]);
  return nanoseconds / 1_000;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Nothing of a process or thread that is gone by now. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
