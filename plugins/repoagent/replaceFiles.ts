import { randomBytes } from "node:crypto";
import * as promises from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { systemCode } from "./problem.ts";

/** One file's new content; undefined removes it. `create` refuses where something is there already. */
export type Replacement = { absolute: string; content: Buffer | undefined; create?: boolean };

/** What is used of the file system, so that a test can stand in for a full disk. */
export type FileSystem = Pick<typeof promises, "link" | "mkdir" | "open" | "rename" | "rmdir" | "stat" | "unlink">;

type Step = Replacement & { written?: string; kept?: string; done?: boolean };

/**
 * Replaces, creates and removes files: all of them or none. Every new content is on disk beside its target before the first
 * target changes, and originals are set aside until the last one did, so a full disk or a refused rename leaves everything as it
 * was. Rejects with the system's error after having put everything back.
 */
export async function replaceFiles(replacements: Replacement[], files: FileSystem = promises): Promise<void> {
  const steps: Step[] = replacements.map((item) => ({ ...item }));
  const folders: string[] = [];
  try {
    for (const step of steps) await prepare(step, folders, files);
    for (const step of steps) await swap(step, files);
  } catch (error) {
    for (const step of steps.toReversed()) await putBack(step, files);
    for (const folder of folders.toReversed()) await files.rmdir(folder).catch(() => {});
    throw error;
  }
  for (const step of steps) if (step.kept !== undefined) await files.unlink(step.kept).catch(() => {});
}

async function prepare(step: Step, folders: string[], files: FileSystem): Promise<void> {
  if (step.content === undefined) return;
  await makeFolder(dirname(step.absolute), folders, files);
  const mode = await files.stat(step.absolute).then(
    (found) => found.mode & 0o777,
    () => undefined,
  );
  step.written = beside(step.absolute);
  const handle = await files.open(step.written, "wx", mode);
  try {
    // What the process holds back from new files (its umask) is not held back from one that had it.
    if (mode !== undefined) await handle.chmod(mode);
    await handle.writeFile(step.content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder and those above it, and notes each that is new, so that it can be taken back. */
async function makeFolder(folder: string, folders: string[], files: FileSystem): Promise<void> {
  try {
    await files.mkdir(folder);
    folders.push(folder);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return;
    if (systemCode(error) !== "ENOENT") throw error;
    await makeFolder(dirname(folder), folders, files);
    await makeFolder(folder, folders, files);
  }
}

async function swap(step: Step, files: FileSystem): Promise<void> {
  if (step.create && step.written !== undefined) {
    // A link refuses where the name is taken, which a rename would not.
    await files.link(step.written, step.absolute);
    step.done = true;
    await files.unlink(step.written);
    step.written = undefined;
    return;
  }
  const aside = beside(step.absolute);
  try {
    await files.link(step.absolute, aside);
    step.kept = aside;
  } catch (error) {
    if (systemCode(error) !== "ENOENT") {
      // No hard links here: the original is moved away instead, for the moment until the new one takes its place.
      await files.rename(step.absolute, aside);
      step.kept = aside;
    }
  }
  if (step.written !== undefined) await files.rename(step.written, step.absolute);
  else await files.unlink(step.absolute);
  step.written = undefined;
  step.done = true;
}

async function putBack(step: Step, files: FileSystem): Promise<void> {
  if (step.written !== undefined) await files.unlink(step.written).catch(() => {});
  if (step.kept !== undefined) {
    await files.rename(step.kept, step.absolute).catch(() => {});
    // A rename between two names of one file does nothing, so the name beside it would stay.
    await files.unlink(step.kept).catch(() => {});
  } else if (step.done) await files.unlink(step.absolute).catch(() => {});
}

const beside = (absolute: string): string =>
  join(dirname(absolute), `.${basename(absolute).slice(0, 80)}.${randomBytes(6).toString("hex")}.parley`);
