import { appendFile, mkdir, readFile, stat, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { structuredPatch } from "diff";
import type { Place, Places } from "./places.ts";
import { type PatchInput, planPatch } from "./plan.ts";
import { fileProblem, Problem, systemCode } from "./problem.ts";
import { type FileSystem, replaceFiles } from "./replaceFiles.ts";

export type WriteInput = {
  path: string;
  content: string;
  encoding?: "utf8" | "base64";
  mode?: "overwrite" | "append" | "create";
};
export type WriteOutput = { path: string; bytes: number; created: boolean };
export type PatchOutput = {
  files: { path: string; change: "created" | "changed" | "deleted"; added: number; removed: number }[];
};

/** The largest file that a patch changes. Larger ones are no source code, and both versions are held in memory. */
const patchableBytes = 20 * 1024 * 1024;

/** The most changed lines that are looked for in a diff; finding more takes seconds. */
const longestEdit = 2_000;

/** Writes one file. It is there whole or, after a failure, as it was before. Folders are made where they are missing. */
export async function writeFile(places: Places, input: WriteInput, files?: FileSystem): Promise<WriteOutput> {
  const place = await places.locateForWriting(input.path);
  const content = bytesOf(input);
  try {
    const found = await stat(place.absolute).catch((error: unknown) => {
      if (systemCode(error) === "ENOENT") return undefined;
      throw error;
    });
    if (found?.isDirectory()) throw new Problem("invalidParams", `${input.path} is a folder. Name a file.`);
    if (input.mode === "create" && found !== undefined) throw exists(input.path);
    if (input.mode === "append" && found !== undefined) await append(place, content, found.size);
    else await replaceFiles([{ absolute: place.absolute, content, create: input.mode === "create" }], files);
    return { path: place.path, bytes: content.length, created: found === undefined };
  } catch (error) {
    if (systemCode(error) === "EEXIST") throw exists(input.path);
    throw fileProblem(error, `write ${input.path}`);
  }
}

const exists = (path: string): Problem =>
  new Problem("conflict", `${path} exists already. Use mode "overwrite" to replace it, or "append" to add to it.`);

function bytesOf(input: WriteInput): Buffer {
  if (input.encoding !== "base64") return Buffer.from(input.content, "utf8");
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(input.content))
    throw new Problem("invalidParams", "The content is not base64.");
  return Buffer.from(input.content, "base64");
}

/** Appends in place; what a failure left behind is cut off again. */
async function append(place: Place, content: Buffer, sizeBefore: number): Promise<void> {
  await mkdir(dirname(place.absolute), { recursive: true });
  try {
    await appendFile(place.absolute, content);
  } catch (error) {
    await truncate(place.absolute, sizeBefore).catch(() => {});
    throw error;
  }
}

/** Applies whole-file changes or a unified diff over several files: all of it or nothing. */
export async function patchFiles(places: Places, input: PatchInput, files?: FileSystem): Promise<PatchOutput> {
  const from = input.root === undefined || input.root === "" ? undefined : await places.locate(input.root);
  const found = new Map<string, Place>();
  const planned = await planPatch(input, async (path) => {
    const place = await places.locateForWriting(path, from);
    found.set(path, place);
    return readText(place, path);
  });
  const placeOf = (path: string): Place => found.get(path) as Place;
  const targets = planned.map((item) => placeOf(item.path).absolute);
  const twice = planned.find((_, index) => targets.indexOf(targets[index] as string) !== index);
  if (twice !== undefined)
    throw new Problem("invalidParams", `Two of the patch's paths are the same file as ${twice.path}.`);
  try {
    await replaceFiles(
      planned.map((item) => ({
        absolute: placeOf(item.path).absolute,
        content: item.after === undefined ? undefined : Buffer.from(item.after, "utf8"),
        create: item.before === undefined,
      })),
      files,
    );
  } catch (error) {
    if (systemCode(error) === "EEXIST")
      throw new Problem("conflict", "A file that the patch creates appeared in the meantime. Nothing was changed.");
    throw fileProblem(error, `apply the patch to ${planned.map((item) => item.path).join(", ")}`);
  }
  return {
    files: planned.map(({ path, before, after }) => ({
      path: placeOf(path).path,
      change: before === undefined ? "created" : after === undefined ? "deleted" : "changed",
      ...countLines(before ?? "", after ?? ""),
    })),
  };
}

/** Reads a file that a patch names. Only UTF-8 text is changed, since anything else would not survive the way back. */
async function readText(place: Place, path: string): Promise<string | undefined> {
  try {
    const found = await stat(place.absolute);
    if (found.isDirectory()) throw new Problem("invalidParams", `${path} is a folder. Name a file.`);
    if (found.size > patchableBytes)
      throw new Problem(
        "tooLarge",
        `${path} has ${found.size} bytes; a patch changes files of at most ${patchableBytes}.`,
      );
    const bytes = await readFile(place.absolute);
    if (bytes.includes(0)) throw new Problem("invalidParams", `${path} is a binary file, which a patch cannot change.`);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    if (error instanceof TypeError)
      throw new Problem("invalidParams", `${path} is not UTF-8 text, so a patch would damage it.`);
    throw fileProblem(error, `read ${path}`);
  }
}

/**
 * Lines added and removed, as a diff of both texts shows them. Where they differ in so much that a diff takes too long, everything
 * between the common head and the common tail counts as replaced.
 */
function countLines(before: string, after: string): { added: number; removed: number } {
  const patch = structuredPatch("", "", before, after, "", "", { context: 0, maxEditLength: longestEdit });
  if (patch === undefined) return countBetween(linesOf(before), linesOf(after));
  const marks = patch.hunks.flatMap((hunk) => hunk.lines.map((line) => line[0]));
  return { added: marks.filter((mark) => mark === "+").length, removed: marks.filter((mark) => mark === "-").length };
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function countBetween(left: string[], right: string[]): { added: number; removed: number } {
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head++;
  let tail = 0;
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  )
    tail++;
  return { added: right.length - head - tail, removed: left.length - head - tail };
}
