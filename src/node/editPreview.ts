import { readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { applyPatch, createTwoFilesPatch, parsePatch, type StructuredPatch } from "diff";
import type { z } from "zod";
import { Failure } from "../base/failure.ts";
import { repoFileWriteInput, repoPatchInput } from "../protocol/plugin/capabilities/repo.ts";
import { pluginFilesInput } from "../protocol/plugin/capabilities.ts";
import type { FileDiff } from "../protocol/webview.ts";

/**
 * What an edit would make of one file. `before` is undefined where the file is new, `after` where it is deleted; both
 * are undefined, and `diff` is a plain note, where the content is no text or too large to be shown. `added` and
 * `removed` count lines.
 */
export interface EditedFile {
  /**
   * Where it really is, after symlinks, whatever the call says: relative to its root with `/`, behind the root's name
   * where there are several.
   */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly diff: string;
  readonly added: number;
  readonly removed: number;
}

export interface EditPreview {
  readonly files: EditedFile[];
}

/** The largest file that is shown in full, in bytes, and the most files of one edit. */
const shownBytes = 2 * 1024 * 1024;
const shownFiles = 100;

/**
 * Works out what a call would change in files, for the person who is asked about it. Nothing is written. Undefined for
 * a capability that changes none. Throws a `Failure` where the edit cannot be carried out: it leads outside the roots,
 * a hunk does not fit, a file to create exists.
 *
 * @param roots absolute folders; relative paths start at the first, or at the one whose name they begin with where
 * there are several
 * @param names what the roots are called in the window, in their order
 */
export async function previewEdit(
  capability: string,
  args: unknown,
  roots: readonly string[],
  names: readonly string[] = roots.map((root) => basename(root)),
): Promise<EditPreview | undefined> {
  return await previews[capability]?.(args, roots, names);
}

/** The same for a card that asks about a call: only what is shown of each file, for a card is kept and the whole texts are not. */
export async function previewDiffs(
  capability: string,
  args: unknown,
  roots: readonly string[],
  names?: readonly string[],
): Promise<FileDiff[] | undefined> {
  const preview = await previewEdit(capability, args, roots, names);
  return preview?.files.map(({ path, added, removed, diff }) => ({ path, added, removed, diff }));
}

/** What changes files, by the capability that an offer provides. */
const previews: Record<
  string,
  (args: unknown, roots: readonly string[], names: readonly string[]) => Promise<EditPreview>
> = {
  "repo.file.write": previewWrite,
  "repo.patch": previewPatch,
  "plugin.create": (args, ...open) => previewPlugin("plugin.create", args, ...open),
  "plugin.change": (args, ...open) => previewPlugin("plugin.change", args, ...open),
};

/** The files of a plugin that is made or changed are a patch below the folder of the person's plugins. */
async function previewPlugin(
  capability: "plugin.create" | "plugin.change",
  args: unknown,
  roots: readonly string[],
  names: readonly string[],
): Promise<EditPreview> {
  const input = pluginFilesInput.safeParse(args);
  if (!input.success) throw badArguments(capability, input.error.issues[0]);
  const { name, where, folder, files } = input.data;
  const named = folder === undefined ? 0 : roots.findIndex((root, index) => names[index] === folder || root === folder);
  const inHome = where === "user" || (roots.length === 0 && folder === undefined);
  const root = inHome ? homedir() : roots[named];
  if (root === undefined)
    throw new Failure("notFound", `No open folder is called "${folder}".`, { todo: `Open are: ${names.join(", ")}.` });
  const changes = files.map(({ path, content }) => ({
    path: join(root, ".parley/plugins", name, path),
    content: content ?? "",
    ...(content === undefined ? { mode: "delete" } : capability === "plugin.create" ? { mode: "create" } : {}),
  }));
  return await previewPatch({ changes }, inHome ? [root] : roots);
}

/** A file of an edit: where it is as a reader sees it, and what is there. */
interface Found {
  readonly path: string;
  readonly present: Present;
}

type Present = { kind: "none" } | { kind: "text"; text: string } | { kind: "opaque"; note: string };

async function previewWrite(args: unknown, roots: readonly string[]): Promise<EditPreview> {
  const input = repoFileWriteInput.safeParse(args);
  if (!input.success) throw badArguments("repo.file.write", input.error.issues[0]);
  const { content, encoding, mode = "overwrite" } = input.data;
  const { file, path } = await locate(input.data.path, roots);
  const present = await read(file);
  if (mode === "create" && present.kind !== "none") throw exists(path);
  const bytes = Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
  const next = textOf(bytes);
  if (present.kind === "opaque" || next === undefined) {
    const note = present.kind === "opaque" ? present.note : "binary content";
    const word =
      mode === "append" ? "appended to" : present.kind === "none" ? "written to the new file" : "written over";
    return { files: [noted(path, `${bytes.length} bytes are ${word} ${path} (${note}).`)] };
  }
  const before = present.kind === "text" ? present.text : undefined;
  return { files: [edited(path, before, mode === "append" ? (before ?? "") + next : next)] };
}

async function previewPatch(args: unknown, roots: readonly string[]): Promise<EditPreview> {
  const input = repoPatchInput.safeParse(args);
  if (!input.success) throw badArguments("repo.patch", input.error.issues[0]);
  const { root, changes, diff } = input.data;
  if ((changes === undefined) === (diff === undefined)) {
    throw new Failure("invalidParams", "A patch has either changes or a diff, not both and not neither.");
  }
  const locateIn = (path: string) => locate(root ? join(root, path) : path, roots);
  const at = async (written: string): Promise<Found> => {
    const { file, path } = await locateIn(written);
    return { path, present: await read(file) };
  };
  if (changes !== undefined) {
    const files = await Promise.all(changes.slice(0, shownFiles).map((change) => previewChange(change, at)));
    return {
      files: [
        ...files,
        ...(await untold(
          changes.slice(shownFiles).map(({ path }) => path),
          locateIn,
        )),
      ],
    };
  }
  const patches = parse(diff ?? "");
  if (patches.length === 0) throw new Failure("invalidParams", "The patch changes nothing: it names no file.");
  const files: EditedFile[] = [];
  for (const patch of patches.slice(0, shownFiles)) files.push(...(await previewParsed(patch, at)));
  return { files: [...files, ...(await untold(patches.slice(shownFiles).flatMap(namesOf), locateIn))] };
}

type Change = NonNullable<z.infer<typeof repoPatchInput>["changes"]>[number];

async function previewChange(change: Change, at: (path: string) => Promise<Found>): Promise<EditedFile> {
  const { content, mode = "overwrite" } = change;
  const { path, present } = await at(change.path);
  if (mode === "create" && present.kind !== "none") throw exists(path);
  if (mode === "delete" && present.kind === "none") throw missing(path, "deletes");
  if (present.kind === "opaque")
    return noted(path, `${path} (${present.note}) is ${mode === "delete" ? "deleted" : "replaced"}.`);
  const before = present.kind === "text" ? present.text : undefined;
  return edited(path, before, mode === "delete" ? undefined : mode === "append" ? (before ?? "") + content : content);
}

async function previewParsed(patch: StructuredPatch, at: (path: string) => Promise<Found>): Promise<EditedFile[]> {
  const [from, to] = [fileName(patch.oldFileName), fileName(patch.newFileName)];
  const old = from === undefined ? undefined : await at(from);
  const next = to === undefined ? undefined : to === from ? old : await at(to);
  const { path } = next ?? old ?? {};
  if (path === undefined) throw new Failure("invalidParams", "A part of the diff names no file (--- and +++ lines).");
  if (old === undefined && next?.present.kind !== "none") throw exists(path);
  if (old?.present.kind === "none") throw missing(old.path, "changes");
  if (old?.present.kind === "opaque")
    throw new Failure("invalidParams", `${path} cannot be patched: it is ${old.present.note}.`);
  const before = old?.present.kind === "text" ? old.present.text : undefined;
  const after = applyPatch(before ?? "", patch);
  if (after === false) {
    throw new Failure("conflict", `The diff does not fit ${path} as it is now.`, {
      todo: "Read the file again and make the diff from that.",
    });
  }
  if (next === undefined) return [edited(path, before, undefined)];
  if (old !== undefined && old !== next) return [edited(old.path, before, undefined), edited(path, undefined, after)];
  return [edited(path, before, after)];
}

/** The files beyond those that are shown: whoever guards a folder has to know of them too. */
async function untold(written: readonly string[], locateIn: (path: string) => Promise<Located>): Promise<EditedFile[]> {
  const places = await Promise.all(written.map(locateIn));
  return places.map(({ path }) => noted(path, `${path} is changed too, and not shown here.`));
}

function parse(diff: string): StructuredPatch[] {
  try {
    return parsePatch(recounted(diff)).filter((patch) => patch.hunks.length > 0 || patch.isRename === true);
  } catch (error) {
    throw new Failure(
      "invalidParams",
      `The diff is not a unified diff: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Counts the lines of each hunk anew, as the patch tool does: writers of diffs often get the numbers after `@@` wrong. */
function recounted(diff: string): string {
  const lines = diff.replace(/\n?$/, "\n").split("\n");
  const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;
  for (let at = 0; at < lines.length; at++) {
    if (!header.test(lines[at] as string)) continue;
    const counts = { removed: 0, added: 0 };
    for (let next = at + 1; next < lines.length - 1; next++) {
      const line = lines[next] as string;
      if (
        header.test(line) ||
        /^(?:diff |Index: )/.test(line) ||
        (line.startsWith("--- ") && lines[next + 1]?.startsWith("+++ "))
      )
        break;
      if (line === "" || line === "\r") lines[next] = ` ${line}`;
      const mark = (lines[next] as string)[0] as string;
      if (!" -+\\".includes(mark)) break;
      if (mark === " " || mark === "-") counts.removed++;
      if (mark === " " || mark === "+") counts.added++;
    }
    lines[at] = (lines[at] as string).replace(header, `@@ -$1,${counts.removed} +$2,${counts.added} @@`);
  }
  return lines.join("\n");
}

function namesOf({ oldFileName, newFileName }: StructuredPatch): string[] {
  return [...new Set([fileName(oldFileName), fileName(newFileName)])].filter((name) => name !== undefined);
}

function fileName(name: string | undefined): string | undefined {
  const plain = name?.replace(/\t.*$/, "").replace(/^"(.*)"$/, "$1");
  return plain === undefined || plain === "" || plain === "/dev/null" ? undefined : plain.replace(/^[ab]\//, "");
}

interface Located {
  /** Absolute, after symlinks. */
  readonly file: string;
  /** As in `EditedFile`. */
  readonly path: string;
}

/** Where a path leads. Throws where it is outside every root or inside `.git`. */
async function locate(path: string, roots: readonly string[]): Promise<Located> {
  const first = roots[0];
  if (first === undefined)
    throw new Failure("unavailable", "No folder is open.", { todo: "Open a folder and try again." });
  const head = path.split(/[\\/]/)[0];
  const named = roots.length > 1 ? roots.find((root) => basename(root) === head) : undefined;
  const absolute = isAbsolute(path)
    ? path
    : named
      ? resolve(named, path.slice((head ?? "").length + 1))
      : resolve(first, path);
  const file = await realTarget(absolute);
  for (const root of roots) {
    const inside = relative(await realpath(root).catch(() => root), file);
    if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) continue;
    const parts = inside.split(sep);
    if (parts.some((part) => part.toLowerCase() === ".git"))
      throw new Failure("denied", `${path} is inside .git, which is never written.`);
    return { file, path: [...(roots.length > 1 ? [basename(root)] : []), ...parts].join("/") };
  }
  throw new Failure("denied", `${path} is outside the open folders.`);
}

async function realTarget(absolute: string): Promise<string> {
  const real = await realpath(absolute).catch(() => undefined);
  if (real !== undefined) return real;
  const parent = dirname(absolute);
  return parent === absolute ? absolute : join(await realTarget(parent), basename(absolute));
}

async function read(file: string): Promise<Present> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return { kind: "none" };
  if (found.isDirectory()) throw new Failure("invalidParams", `${basename(file)} is a folder, not a file.`);
  // To read a pipe or a device would be to wait for it.
  if (!found.isFile()) return { kind: "opaque", note: "not a regular file" };
  if (found.size > shownBytes) return { kind: "opaque", note: `${found.size} bytes, too large to be shown` };
  const text = textOf(await readFile(file));
  return text === undefined ? { kind: "opaque", note: "a binary file" } : { kind: "text", text };
}

/** The text of UTF-8 bytes, or undefined where they are none. */
function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function edited(path: string, before: string | undefined, after: string | undefined): EditedFile {
  const from = before === undefined ? "/dev/null" : `a/${path}`;
  const to = after === undefined ? "/dev/null" : `b/${path}`;
  // The time is bounded: for two large texts with nothing in common the whole is shown as replaced.
  const diff = createTwoFilesPatch(from, to, before ?? "", after ?? "", undefined, undefined, {
    context: 3,
    timeout: 1_000,
  }) as string | undefined;
  if (diff === undefined)
    return { path, before, after, diff: `${path} is replaced.`, added: lineCount(after), removed: lineCount(before) };
  const text = diff.replace(/^=+\n/, "");
  const lines = text.split("\n").filter((line) => !/^(?:\+\+\+|---) /.test(line));
  const added = lines.filter((line) => line.startsWith("+")).length;
  const removed = lines.filter((line) => line.startsWith("-")).length;
  return { path, before, after, diff: text, added, removed };
}

function lineCount(text: string | undefined): number {
  return text ? text.replace(/\n$/, "").split("\n").length : 0;
}

const noted = (path: string, note: string): EditedFile => ({
  path,
  before: undefined,
  after: undefined,
  diff: note,
  added: 0,
  removed: 0,
});

const exists = (path: string): Failure =>
  new Failure("conflict", `${path} exists already, and the edit would create it.`);
const missing = (path: string, verb: string): Failure =>
  new Failure("notFound", `The edit ${verb} ${path}, and there is no such file.`);

function badArguments(what: string, issue: { path: PropertyKey[]; message: string } | undefined): Failure {
  return new Failure(
    "invalidParams",
    `The arguments of ${what} do not fit: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim(),
  );
}
