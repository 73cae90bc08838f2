import { readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { linuxParentOf, linuxStartOf, type ProcessIdentity } from "./processIdentity.ts";

/** The variable that names a run's own folder to its process; all that the process starts inherits it. */
export const runVariable = "PARLEY_RUN_DIR";

/** A variable that VS Code gives to its own processes, and the host to no plugin. */
const editorVariable = "VSCODE_PID";

/** How long they may take to leave, how often what is there then is killed, and the pause between two looks. */
const graceMs = 500;
const mostKills = 10;
const betweenMs = 20;

/**
 * The live processes of this user that were given one of these runs' folders, whatever group or session they are in and whoever
 * their parent is now. Only where `/proc` says so; elsewhere there are none. One that cleared its environment is not found, and
 * what VS Code itself started is left out.
 */
function processesOf(runDirs: Iterable<string>): ProcessIdentity[] {
  const marks = [...runDirs].map((runDir) => `\0${runVariable}=${runDir}\0`);
  if (process.platform !== "linux" || marks.length === 0) return [];
  const user = process.geteuid?.();
  return namesInProc().flatMap((name) => {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid) return [];
    const environment = environmentOf(pid);
    if (!marks.some((mark) => environment.includes(mark)) || ownerOf(pid) !== user || isOfTheEditor(pid)) return [];
    const started = linuxStartOf(pid);
    return started === undefined ? [] : [{ pid, started }];
  });
}

/**
 * Whether VS Code started it, or what it comes from: a window that a plugin opens by the command `code` is given the plugin's
 * environment, and so are its extension host, its terminals and all that a person runs in them.
 */
function isOfTheEditor(pid: number): boolean {
  for (let at = pid; at > 1 && at !== process.pid; at = linuxParentOf(at) ?? 0) {
    if (environmentOf(at).includes(`\0${editorVariable}=`)) return true;
  }
  return false;
}

const lives = ({ pid, started }: ProcessIdentity): boolean => linuxStartOf(pid) === started;

/** Signals those that are still who they were when they were found. */
function signalAll(found: readonly ProcessIdentity[], name: "SIGTERM" | "SIGKILL"): void {
  for (const one of found) {
    if (!lives(one)) continue;
    try {
      process.kill(one.pid, name);
    } catch {
      // Gone in this moment.
    }
  }
}

/**
 * Ends what is left of these runs, until nothing is found any more: asks it by SIGTERM, which is time enough to keep what a person has
 * open in it, and kills what is there half a second later. Answers what was found, each once.
 */
export async function endStrays(runDirs: Iterable<string>): Promise<number[]> {
  const runs = [...runDirs];
  const asked = processesOf(runs);
  const ended = new Set(asked.map(({ pid }) => pid));
  signalAll(asked, "SIGTERM");
  const killAt = performance.now() + graceMs;
  while (performance.now() < killAt && asked.some(lives)) await delay(betweenMs);
  for (let kills = 0; kills < mostKills && ended.size > 0; kills++) {
    const found = processesOf(runs);
    if (found.length === 0) break;
    signalAll(found, "SIGKILL");
    for (const { pid } of found) ended.add(pid);
    await delay(betweenMs);
  }
  return [...ended];
}

/** Ends the strays of runs whose processes are gone; one look at the machine serves all that end at a time. */
export class Strays {
  #next: { readonly runDirs: Set<string>; readonly ended: Promise<unknown> } | undefined;

  /** Resolves when nothing is left of the run that can be found. */
  async end(runDir: string): Promise<void> {
    if (this.#next === undefined) {
      const runDirs = new Set<string>();
      const ended = delay(0).then(() => {
        this.#next = undefined;
        return endStrays(runDirs);
      });
      this.#next = { runDirs, ended };
    }
    this.#next.runDirs.add(runDir);
    await this.#next.ended;
  }
}

/** Begins and ends with the byte that parts the variables, so that a whole one can be looked for. */
function environmentOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "utf8")}\0`;
  } catch {
    return "";
  }
}

function namesInProc(): string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}

function ownerOf(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return undefined;
  }
}
