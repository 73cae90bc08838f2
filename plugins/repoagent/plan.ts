import { applyPatch, parsePatch, type StructuredPatch } from "diff";
import { Problem } from "./problem.ts";

export type Change = { path: string; content: string; mode?: "overwrite" | "append" | "create" | "delete" };
export type PatchInput = { root?: string; changes?: Change[]; diff?: string };

/** A file before and after; undefined means that it is not there. Paths are the caller's. */
export type Planned = { path: string; before: string | undefined; after: string | undefined };

/** Reads a text file as it is now, or answers undefined where there is none. Throws a problem for what is no text. */
export type ReadText = (path: string) => Promise<string | undefined>;

/**
 * Works out what a patch would do, without doing it. Throws a problem that names the file and the hunk which does not fit; nothing
 * is guessed: context and removed lines must be in the file exactly, though they may have moved.
 */
export async function planPatch(input: PatchInput, readText: ReadText): Promise<Planned[]> {
  if ((input.changes === undefined) === (input.diff === undefined)) {
    throw new Problem("invalidParams", "Give either changes or a unified diff, not both and not neither.");
  }
  const planned = input.changes
    ? await planChanges(input.changes, readText)
    : await planDiff(input.diff ?? "", readText);
  if (planned.length === 0) throw new Problem("invalidParams", "The patch changes nothing: it names no file.");
  const names = planned.map((item) => item.path);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Problem("invalidParams", `The patch names ${twice} twice. Put all of a file's changes together.`);
  return planned;
}

async function planChanges(changes: Change[], readText: ReadText): Promise<Planned[]> {
  const planned: Planned[] = [];
  for (const { path, content, mode = "overwrite" } of changes) {
    const before = await readText(path);
    if (mode === "create" && before !== undefined)
      throw new Problem("conflict", `${path} exists already. Use mode "overwrite" to replace it.`);
    if (mode === "delete" && before === undefined)
      throw new Problem("notFound", `${path} cannot be deleted: there is no such file.`);
    planned.push({
      path,
      before,
      after: mode === "delete" ? undefined : mode === "append" ? (before ?? "") + content : content,
    });
  }
  return planned;
}

async function planDiff(diff: string, readText: ReadText): Promise<Planned[]> {
  const planned: Planned[] = [];
  for (const patch of parse(diff)) {
    if (patch.isBinary) throw new Problem("invalidParams", "The diff has a binary part, which cannot be applied.");
    const from = fileName(patch.oldFileName);
    const to = fileName(patch.newFileName);
    const path = to ?? from;
    if (path === undefined)
      throw new Problem("invalidParams", "The diff has a part that names no file (--- and +++ lines).");
    const before = from === undefined ? undefined : await readText(from);
    if (from === undefined) {
      if ((await readText(path)) !== undefined)
        throw new Problem("conflict", `The diff creates ${path}, which exists already.`);
    } else if (before === undefined)
      throw new Problem("notFound", `The diff changes ${from}, and there is no such file.`);
    const applied = apply(before ?? "", patch, path);
    if (from !== undefined && to !== undefined && from !== to) planned.push({ path: from, before, after: undefined });
    planned.push({
      path,
      before: from === to || to === undefined ? before : undefined,
      after: to === undefined ? undefined : applied,
    });
  }
  return planned;
}

function parse(diff: string): StructuredPatch[] {
  try {
    return parsePatch(withCounts(diff)).filter((patch) => patch.hunks.length > 0 || patch.isRename || patch.isBinary);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem("invalidParams", `The diff is not a unified diff: ${reason}`);
  }
}

/** Counts each hunk's lines anew: writers of diffs often get the numbers in `@@` wrong, and the lines themselves are what counts. */
function withCounts(diff: string): string {
  const lines = diff.replace(/\n?$/, "\n").split("\n");
  const isHeader = (line: string | undefined): boolean =>
    line !== undefined && /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/.test(line);
  for (let at = 0; at < lines.length; at++) {
    if (!isHeader(lines[at])) continue;
    let removed = 0;
    let added = 0;
    let next = at + 1;
    for (; next < lines.length; next++) {
      const line = lines[next] as string;
      if (
        isHeader(line) ||
        /^(?:diff |Index: )/.test(line) ||
        (line.startsWith("--- ") && lines[next + 1]?.startsWith("+++ "))
      )
        break;
      if (line === "" && next >= lines.length - 1) break;
      if (line === "" || line === "\r") lines[next] = ` ${line}`;
      const mark = (lines[next] as string)[0];
      if (mark === " " || mark === "-") removed++;
      if (mark === " " || mark === "+") added++;
      if (mark !== " " && mark !== "-" && mark !== "+" && mark !== "\\") break;
    }
    lines[at] = (lines[at] as string).replace(
      /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/,
      `@@ -$1,${removed} +$2,${added} @@`,
    );
    at = next - 1;
  }
  return lines.join("\n");
}

function apply(before: string, patch: StructuredPatch, path: string): string {
  const result = applyPatch(before, patch);
  if (result !== false) return result;
  const total = patch.hunks.length;
  let fitting = 0;
  while (fitting < total && applyPatch(before, { ...patch, hunks: patch.hunks.slice(0, fitting + 1) }) !== false)
    fitting++;
  const hunk = patch.hunks[fitting];
  const expected = hunk?.lines.find((line) => line.startsWith("-") || line.startsWith(" "))?.slice(1);
  const found = hunk === undefined ? undefined : before.split("\n")[hunk.oldStart - 1];
  throw new Problem(
    "conflict",
    `Hunk ${fitting + 1} of ${total} for ${path} (line ${hunk?.oldStart}) does not fit the file: it expects ${JSON.stringify(expected ?? "")}` +
      `${found === undefined ? " beyond the file's end" : `, line ${hunk?.oldStart} is ${JSON.stringify(found)}`}. Read the file again and make the diff from that. Nothing was changed.`,
  );
}

/** A name of a diff's header without `a/` or `b/`; undefined for `/dev/null`. */
function fileName(name: string | undefined): string | undefined {
  const plain = name?.replace(/\t.*$/, "").replace(/^"(.*)"$/, "$1");
  if (plain === undefined || plain === "" || plain === "/dev/null") return undefined;
  return plain.replace(/^[ab]\//, "");
}
