import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, parseJson } from "../base/json.ts";
import type { Logger } from "../base/logger.ts";
import { leftBehind } from "./leftBehind.ts";
import { isAlive, type ProcessIdentity, startOf } from "./processIdentity.ts";
import type { ProcessTree } from "./processTree.ts";

/** What is known on disk of a plugin's process while it lives. */
interface RunRecord {
  readonly plugin: string;
  readonly child: ProcessIdentity;
  readonly owner: ProcessIdentity;
}

/**
 * A folder with one subfolder per run and a record beside it, for all windows of this host. A record is written when the
 * process was made and removed when it is gone; one that is still there after its owner died names an orphan.
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

  async makeRunDir(id: string): Promise<void> {
    await mkdir(this.runDir(id), { recursive: true, mode: 0o700 });
  }

  /** Does not fail: a run that cannot be recorded is still watched by the guardian. */
  async write(id: string, plugin: string, pid: number): Promise<void> {
    try {
      this.#owner ??= identityOf(process.pid);
      const [owner, child] = await Promise.all([this.#owner, identityOf(pid)]);
      if (!owner || !child) return;
      const record: RunRecord = { plugin, child, owner };
      // Never half a record: another window may sweep at this moment, and would take it for rubbish.
      const draft = join(this.folder, `${id}.draft`);
      await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
      await rename(draft, this.#file(id));
    } catch (error) {
      this.#logger.log("warn", `The run of ${plugin} could not be recorded.`, { error: String(error) });
    }
  }

  /** Removes the record and the run's folder; what is not there any more is no fault. */
  async remove(id: string): Promise<void> {
    try {
      await rm(this.#file(id), { force: true });
      await rm(this.runDir(id), { recursive: true, force: true, maxRetries: 2 });
    } catch (error) {
      this.#logger.log("warn", `The folder of a run could not be removed.`, { id, error: String(error) });
    }
  }

  /**
   * Ends the processes whose owner died without ending them, with what they started, also where they themselves are gone;
   * and removes what is left of their runs. Processes whose owner lives, in this window or another, are not touched, nor
   * is a process that merely got the same id.
   *
   * @returns the process ids whose groups were ended
   */
  async sweep(): Promise<number[]> {
    const ended: number[] = [];
    for (const name of await namesIn(this.folder)) {
      if (!name.endsWith(".json")) continue;
      const id = name.slice(0, -".json".length);
      const record = readRecord(await readFile(this.#file(id), "utf8").catch(() => ""));
      if (record) {
        if (await isAlive(record.owner)) continue;
        if (await this.#isLeft(record.child, id)) {
          this.#logger.log("info", `Ending ${record.plugin}, which outlived its window.`, { pid: record.child.pid });
          this.#tree.kill(record.child.pid);
          ended.push(record.child.pid);
        }
      }
      await this.remove(id);
    }
    return ended;
  }

  /** Whether the process itself lives, or, where its id is nobody's now, what it started. */
  async #isLeft(child: ProcessIdentity, id: string): Promise<boolean> {
    const started = await startOf(child.pid);
    return started === undefined ? leftBehind(child.pid, this.runDir(id)) : started === child.started;
  }

  #file(id: string): string {
    return join(this.folder, `${id}.json`);
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
  if (typeof plugin !== "string" || !isIdentity(child) || !isIdentity(owner)) return undefined;
  return { plugin, child, owner };
}

function isIdentity(value: unknown): value is { pid: number; started: string } {
  return (
    isJsonObject(value) && Number.isSafeInteger(value.pid) && Number(value.pid) > 1 && typeof value.started === "string"
  );
}
