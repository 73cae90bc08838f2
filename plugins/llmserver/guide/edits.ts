import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";

/** A stretch of a file as it was read: its first line's number, its text, and whether there is more after it. */
export type Page = { path: string; content: string; offset?: number; nextOffset?: number; totalLines?: number };

/** One line's change; `text` undefined removes it, `after` puts new lines after it. Lines from 1. */
type LineEdit = { line: number; text?: string | undefined; after?: string };

/** What is to be replaced by what, as the request said it. */
export type Swap = { old: string; new: string };

/**
 * The readings of a replacement that a request may mean, likeliest first: as written, without quotes around it, without "the", "the
 * word", "the function" … before it.
 */
export function readings(swap: Swap): Swap[] {
  const kind =
    /^(?:(?:the|all|every|each|any|a|an)\s+)*(?:(?:exact\s+)?(?:word|words|text|string|phrase|line|variable|constant|function|method|class|name|value|number|identifier|occurrences?\s+of|instances?\s+of|typo|heading|title|comment)s?\s+)*/i;
  const found: Swap[] = [];
  const add = (old: string, next: string): void => {
    if (old !== "" && !found.some((item) => item.old === old && item.new === next)) found.push({ old, new: next });
  };
  const old = swap.old.trim();
  const next = swap.new.trim();
  add(swap.old, swap.new);
  add(old, next);
  const bare = (text: string): string => text.replace(kind, "").replace(/\s+(?:everywhere|instead|please|there)$/i, "");
  add(bare(old), bare(next));
  add(unquoted(bare(old)), unquoted(bare(next)));
  add(bare(old).replace(/\(\)$/, ""), bare(next).replace(/\(\)$/, ""));
  return found;
}

function unquoted(text: string): string {
  return /^(["'`]).*\1$/s.test(text) ? text.slice(1, -1) : text;
}

/** What replacing did to a text: the new text and how many places changed. */
export type Replaced = { content: string; count: number; swap: Swap };

/**
 * Replaces in a text with the first reading that is found in it: whole words before parts of words, the same case before another.
 * With `first` only the first place changes, with `line` only places on that line (counted in this text, from 1).
 */
export function replaceIn(
  content: string,
  swap: Swap,
  only: { first?: boolean; last?: boolean; line?: number } = {},
): Replaced | undefined {
  for (const flags of ["g", "gi"]) {
    for (const reading of readings(swap)) {
      for (const pattern of patternsFor(reading.old, flags)) {
        const result = replaceWith(content, pattern, reading, only);
        if (result.count > 0) return result;
      }
    }
  }
  return undefined;
}

function patternsFor(old: string, flags: string): RegExp[] {
  const escaped = old.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\r?\n/g, "\\r?\\n");
  const head = /^[\p{L}\p{N}_$]/u.test(old) ? "(?<![\\p{L}\\p{N}_$])" : "";
  const tail = /[\p{L}\p{N}_$]$/u.test(old) ? "(?![\\p{L}\\p{N}_$])" : "";
  return [
    new RegExp(head + escaped + tail, `${flags}u`),
    new RegExp(escaped, `${flags}u`),
    new RegExp(escaped.replace(/\s+/g, "\\s+"), `${flags}u`),
  ];
}

function replaceWith(
  content: string,
  pattern: RegExp,
  swap: Swap,
  only: { first?: boolean; last?: boolean; line?: number },
): Replaced {
  const places = [...content.matchAll(pattern)].filter(
    (match) => only.line === undefined || lineAt(content, match.index) === only.line,
  );
  const chosen = only.first ? places.slice(0, 1) : only.last ? places.slice(-1) : places;
  let result = content;
  for (const match of chosen.toReversed()) {
    result = result.slice(0, match.index) + caseLike(match[0], swap) + result.slice(match.index + match[0].length);
  }
  return { content: result, count: chosen.length, swap };
}

/** The new text, in capitals where the found text was and the request's was not. */
function caseLike(found: string, swap: Swap): string {
  if (found === swap.old || found.toLowerCase() !== swap.old.toLowerCase()) return swap.new;
  if (found.length > 1 && found === found.toUpperCase()) return swap.new.toUpperCase();
  if (/^\p{Lu}/u.test(found) && !/^\p{Lu}/u.test(swap.old)) return swap.new.charAt(0).toUpperCase() + swap.new.slice(1);
  return swap.new;
}

function lineAt(content: string, index: number): number {
  let line = 1;
  for (let at = content.indexOf("\n"); at !== -1 && at < index; at = content.indexOf("\n", at + 1)) line++;
  return line;
}

/** Changes lines of a page; undefined where a line is not in it. */
export function editLines(page: Page, edits: LineEdit[]): string | undefined {
  const ending = page.content.includes("\r\n") ? "\r\n" : "\n";
  const open = !page.content.endsWith("\n");
  const lines = page.content === "" ? [] : page.content.replace(/\r?\n$/, "").split(/\r?\n/);
  for (const edit of edits.toSorted((a, b) => b.line - a.line)) {
    const index = edit.line - (page.offset ?? 1);
    if (index < -1 || index >= lines.length || (index === -1 && edit.after === undefined)) return undefined;
    if (edit.after !== undefined) lines.splice(index + 1, 0, ...edit.after.split("\n"));
    else if (edit.text === undefined) lines.splice(index, 1);
    else {
      const indent = /^\s*/.exec(lines[index] as string)?.[0] ?? "";
      lines[index] = /^\s/.test(edit.text) ? edit.text : indent + edit.text;
    }
  }
  return lines.length === 0 ? "" : lines.join(ending) + (open ? "" : ending);
}

/**
 * A unified diff between a page of a file and its new text, three lines of context around each change. The line numbers are the
 * file's, not the page's. Empty where nothing changed.
 */
export function unifiedDiff(page: Page, after: string): string {
  const shift = (page.offset ?? 1) - 1;
  const patch = structuredPatch(`a/${page.path}`, `b/${page.path}`, page.content, after, undefined, undefined, {
    context: 3,
  });
  if (patch.hunks.length === 0) return "";
  for (const hunk of patch.hunks) {
    hunk.oldStart += shift;
    hunk.newStart += shift;
  }
  return formatPatch(patch, FILE_HEADERS_ONLY);
}
