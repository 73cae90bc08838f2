import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, parseJson } from "../base/json.ts";
import type { Logger } from "../base/logger.ts";
import { isAlive, type ProcessIdentity, startOf } from "./processIdentity.ts";
import type { ProcessTree } from "./processTree.ts";
import { endStrays } from "./strays.ts";

/** What is known on disk of a plugin's process while it lives. */
interface RunRecord {
  readonly plugin: string;
  /** Missing while the process is being made. */
  readonly child?: ProcessIdentity;
  readonly owner: ProcessIdentity;
}

/**
 * A folder with one subfolder per run and a record beside it, for all windows of this host. A record is written before
 * the process is made, names it from then on, and is removed when it is gone; one that is still there after its owner
 * died names an orphan.
 */
export class RunRecords {
  readonly folder: string;
  readonly #tree: ProcessTree;
  readonly #logger: Logger;
  #owner: Promise<ProcessIdentity | undefined> | undefined;

  constructor(folder: string, tree: ProcessTree, logger: Logger) {
    this.folder = folder;
    this.#tree = tree;
    this.#logger = logger;
  }

  /** The private folder of a run; `id` is a file name. */
  runDir(id: string): string {
    return join(this.folder, id);
  }

  /** Makes the folder of a run whose process is about to be made. */
  async makeRunDir(id: string, plugin: string): Promise<void> {
    // The record first and last: a host that is killed in between leaves no folder that nobody knows.
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.write(id, plugin);
    await mkdir(this.runDir(id), { recursive: true, mode: 0o700 });
  }

  /** Does not fail: a run that cannot be recorded is still watched by the guardian. */
  async write(id: string, plugin: string, pid?: number): Promise<void> {
    try {
      this.#owner ??= identityOf(process.pid);
      const [owner, child] = await Promise.all([this.#owner, pid === undefined ? undefined : identityOf(pid)]);
      if (!owner || (pid !== undefined && !child)) return;
      const record: RunRecord = { plugin, ...(child && { child }), owner };
      // Never half a record: another window may sweep at this moment, and would take it for rubbish.
      const draft = this.#draft(id);
      await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
      await rename(draft, this.#file(id));
    } catch (error) {
      this.#logger.log("warn", `The run of ${plugin} could not be recorded.`, { error: String(error) });
    }
  }

  /** Removes the record and the run's folder; what is not there any more is no fault. */
  async remove(id: string): Promise<void> {
    try {
      await rm(this.runDir(id), { recursive: true, force: true, maxRetries: 2 });
      await Promise.all([rm(this.#file(id), { force: true }), rm(this.#draft(id), { force: true })]);
    } catch (error) {
      this.#logger.log("warn", `The folder of a run could not be removed.`, { id, error: String(error) });
    }
  }

  /**
   * Ends the processes whose owner died without ending them, with what they started, also where they themselves are gone;
   * and removes what is left of their runs. Processes whose owner lives, in this window or another, are not touched, nor
   * is a process that merely got the same id.
   *
   * @returns the process ids of those that were ended
   */
  async sweep(): Promise<number[]> {
    const ended: number[] = [];
    for (const name of await namesIn(this.folder)) {
      if (!name.endsWith(".json")) continue;
      const id = name.slice(0, -".json".length);
      const record = readRecord(await readFile(this.#file(id), "utf8").catch(() => ""));
      if (record) {
        if (await isAlive(record.owner)) continue;
        for (const pid of await this.#end(record, id)) {
          this.#logger.log("info", `Ended ${record.plugin}, which outlived its window.`, { pid });
          ended.push(pid);
        }
      }
      await this.remove(id);
    }
    return ended;
  }

  /** Ends the process itself with its group, where it lives, and all that was given the run's folder, wherever it went. */
  async #end({ child }: RunRecord, id: string): Promise<number[]> {
    const lives = child !== undefined && (await isAlive(child));
    if (lives) this.#tree.kill(child.pid);
    const strays = await endStrays([this.runDir(id)]);
    return lives ? [...new Set([child.pid, ...strays])] : strays;
  }

  #file(id: string): string {
    return join(this.folder, `${id}.json`);
  }

  #draft(id: string): string {
    return join(this.folder, `${id}.draft`);
  }
}

async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const started = await startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

function readRecord(text: string): RunRecord | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value)) return undefined;
  const { plugin, child, owner } = value;
  if (typeof plugin !== "string" || !isIdentity(owner)) return undefined;
  if (child === undefined) return { plugin, owner };
  return isIdentity(child) ? { plugin, child, owner } : undefined;
}

function isIdentity(value: unknown): value is { pid: number; started: string } {
  return (
    isJsonObject(value) && Number.isSafeInteger(value.pid) && Number(value.pid) > 1 && typeof value.started === "string"
  );
}
