import { editLines, type Page, readings, replaceIn, type Swap, unifiedDiff } from "./edits.ts";
import type { Scope, ScopeFunction } from "./expressions.ts";
import { type Match, type Mode, rankPlaces, stretches } from "./nearby.ts";
import { withoutFillers } from "./slots.ts";
import { literal, searchPattern } from "./terms.ts";

/** The functions that recipes may use in expressions; the comment on each says what it makes of what. */
export const functions: Record<string, ScopeFunction> = {
  /** A description → a regular expression that finds lines with any of its terms. */
  pattern: (value, scope) =>
    typeof value === "string" ? searchPattern(describedIn(value, scope)) || undefined : undefined,
  /** A name or text → a regular expression for it as a whole word where it is one. */
  wholeWord: (value) => (typeof value === "string" ? wholeWord(value.trim().replace(/\(\)$/, "")) : undefined),
  /** Search results → whether there are none. */
  none: (value) => matchesOf(value).length === 0,
  /** Search results → whether there are any. */
  some: (value) => matchesOf(value).length > 0,
  /** Anything → whether it is not there. */
  absent: (value) => value === undefined,
  /** Search results → the four stretches of code nearest to `what`. */
  places: (value, scope) => stretchesOf(value, scope, "any"),
  /** Search results → the three stretches where what is described is most likely defined. */
  definitions: (value, scope) => stretchesOf(value, scope, "definition"),
  /** A page of a file → whether the file goes on after it, so that it has to be searched. */
  partial: (value) => isPage(value) && value.nextOffset !== undefined,
  /** Search results in one file → stretches around each line, at most twelve. */
  around: (value) => around(matchesOf(value), 12),
  /** Search results → stretches around every line, at most forty. */
  aroundAll: (value, scope) => around(withKey(matchesOf(value), scope), 40),
  /** Search results → whether several files have some and the request did not say that all are meant, or there are too many. */
  unsure: (value, scope) =>
    (scope.everywhere !== true && fileNames(value, scope).length > 1) ||
    around(withKey(matchesOf(value), scope), 41).length > 40,
  /** Search results → a text that lists the files, for the person to choose. */
  whichFiles: (value, scope) => {
    const names = fileNames(value, scope);
    const list = names.slice(0, 20).map((name) => `- \`${name}\``);
    return `\`${String(scope.old)}\` stands in ${names.length} files, so nothing was changed. Say which file, or add "everywhere":\n${list.join("\n")}`;
  },
  /** A page → whether `old` cannot be replaced in it, nor in the stretches that were read besides. */
  unreplaceable: (value, scope) => replacedDiff(editable(value, scope), scope) === undefined,
  /** A page → a unified diff that replaces `old` by `new`, or sets the value of `old` where it names one. */
  replaced: (value, scope) => replacedDiff(editable(value, scope), scope),
  /** A text → the name in it: without articles, quotes and words such as "the function". */
  named: (value) => (typeof value === "string" ? named(value) : undefined),
  /** A page → whether `old` is not in it. */
  lacks: (value, scope) => removedDiff(pagesOf(value), scope) === undefined,
  /** A path that names a line → how many lines to show around it. */
  shownLines: (_, scope) => shownLines(scope),
  /** A text → the same as a line to append: with a line end, and one before it where the file's last line has none. */
  appended: (value, scope) => appended(value, scope),
  /** A text → the same as the content of a file: with a line end unless it is empty. */
  lineOrEmpty: (value) =>
    typeof value === "string" && value !== "" ? `${value.replaceAll("\\n", "\n").replace(/\n$/, "")}\n` : "",
  /** A whole file's page → changes that move it to `target`, or copy it. */
  moved: (value, scope) => {
    const page = pagesOf(value)[0];
    if (page === undefined) return undefined;
    const made = { path: String(scope.target), content: page.content, mode: "create" };
    return scope.copy === true ? [made] : [made, { path: page.path, content: "", mode: "delete" }];
  },
  /** A page → a diff in which the line `n` reads `new`. */
  lineChanged: (value, scope) => linesDiff(value, [{ line: Number(scope.n), text: String(scope.new ?? "") }]),
  /** A page → a diff without the lines `n` to `m`. */
  linesRemoved: (value, scope) => {
    const last = Number(scope.m ?? scope.n);
    const lines = Array.from({ length: Math.max(0, Math.min(last - Number(scope.n), 500)) + 1 }, (_, index) => ({
      line: Number(scope.n) + index,
    }));
    return linesDiff(value, lines);
  },
  /** A page → a diff with `new` after line `n`. */
  lineInserted: (value, scope) => linesDiff(value, [{ line: Number(scope.n), after: String(scope.new ?? "") }]),
  /** A page → a diff with `new` before line `n`. */
  lineInsertedBefore: (value, scope) =>
    linesDiff(value, [{ line: Number(scope.n) - 1, after: String(scope.new ?? "") }]),
  /** Pages → a diff without the text `old`; a line that then is empty goes too. */
  textRemoved: (value, scope) => removedDiff(pagesOf(value), scope),
  /** A number of lines to read from the slots `n` and `m` (first and last line). */
  rangeLength: (value, scope) => (typeof value === "number" ? Math.max(1, value - Number(scope.n) + 1) : undefined),
  /** A number → its negative: the last so many lines. */
  fromEnd: (value) => (typeof value === "number" ? -Math.abs(value) : undefined),
  /** A line → five lines before it, the first line at least. */
  before: (value) => (typeof value === "number" ? Math.max(1, value - 5) : undefined),
};

function wholeWord(text: string): string {
  const escaped = literal(text);
  return `${/^\w/.test(text) ? "\\b" : ""}${escaped}${/\w$/.test(text) ? "\\b" : ""}`;
}

export function matchesOf(value: unknown): Match[] {
  const matches = typeof value === "object" && value !== null && "matches" in value ? value.matches : undefined;
  return Array.isArray(matches) ? (matches as Match[]) : [];
}

function isPage(value: unknown): value is Page {
  return (
    typeof value === "object" &&
    value !== null &&
    "content" in value &&
    typeof value.content === "string" &&
    "path" in value
  );
}

/** The pages of a result: one, or a list with failures left out. */
export function pagesOf(value: unknown): Page[] {
  return (Array.isArray(value) ? value : [value]).filter(isPage);
}

function stretchesOf(value: unknown, scope: Scope, mode: Mode): unknown {
  const ranked = rankPlaces(matchesOf(value), describedIn(String(scope.what ?? ""), scope), mode, countsOf(value));
  return ranked.length === 0 ? undefined : stretches(ranked, mode === "definition" ? 3 : 4);
}

/** A description with the place that it names, where that is a word ("in the parser") and so may be no path at all. */
export function describedIn(what: string, scope: Scope): string {
  return scope.in_kind === "word" ? `${what} ${String(scope.in)}` : what;
}

/** How often each text matched in the whole search, where the search says so. */
export function countsOf(value: unknown): Record<string, number> {
  const matched = typeof value === "object" && value !== null && "matched" in value ? value.matched : undefined;
  return typeof matched === "object" && matched !== null ? (matched as Record<string, number>) : {};
}

function around(matches: Match[], most: number): { path: string; from: number; count: number }[] {
  const found: { path: string; from: number; count: number }[] = [];
  for (const match of matches.toSorted((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))) {
    const last = found.at(-1);
    if (last !== undefined && last.path === match.path && match.line <= last.from + last.count + 4)
      last.count = match.line + 5 - last.from;
    else if (found.length < most) found.push({ path: match.path, from: Math.max(1, match.line - 4), count: 9 });
  }
  return found;
}

/** Of search results those whose line also has the words of `key` ("the port" in "change the port from 1 to 2"), where any has. */
function withKey(matches: Match[], scope: Scope): Match[] {
  const key = keyOf(scope);
  const having = key === undefined ? [] : matches.filter((match) => key.test(match.snippet));
  return having.length > 0 ? having : matches;
}

function keyOf(scope: Scope): RegExp | undefined {
  return typeof scope.key === "string"
    ? new RegExp(literal(named(scope.key)).replace(/[\s_-]+/g, "[\\s_-]*"), "i")
    : undefined;
}

const fileNames = (value: unknown, scope: Scope): string[] => [
  ...new Set(withKey(matchesOf(value), scope).map((match) => match.path)),
];

function named(text: string): string {
  return (readings({ old: withoutFillers(text), new: "" }).at(-1)?.old ?? text).replace(/\(\)$/, "");
}

/** The pages to edit: the stretches around the places where a file was too long to be read whole. */
function editable(value: unknown, scope: Scope): Page[] {
  const parts = pagesOf(scope.parts);
  return parts.length > 0 ? parts : pagesOf(value);
}

function shownLines(scope: Scope): number | undefined {
  const line = scope.file_line;
  if (typeof line !== "number") return undefined;
  return typeof scope.file_last === "number" ? scope.file_last - line + 11 : 20;
}

function appended(value: unknown, scope: Scope): string | undefined {
  if (typeof value !== "string") return undefined;
  const tail = pagesOf(scope.tail)[0];
  const open = tail !== undefined && tail.content !== "" && !tail.content.endsWith("\n");
  return `${open ? "\n" : ""}${value.replaceAll("\\n", "\n").replace(/\n$/, "")}\n`;
}

/** Which of several places is meant, where the request says so. */
function whichOf(scope: Scope): { first?: boolean; last?: boolean; line?: number } {
  const line = typeof scope.n === "number" ? { line: scope.n } : {};
  return {
    ...line,
    ...(scope.only === "first" ? { first: true } : {}),
    ...(scope.only === "last" ? { last: true } : {}),
  };
}

function replacedDiff(pages: Page[], scope: Scope): string | undefined {
  const swap: Swap = { old: String(scope.old ?? ""), new: String(scope.new ?? "") };
  if (swap.old === "") return undefined;
  if (namesValue(scope)) {
    const set = valueDiff(pages, named(swap.old), swap.new);
    if (set !== undefined || (scope.sets === true && scope.old_kind !== "quoted")) return set;
  }
  const diffs = pages.map((page) => {
    const after = replacedText(page, swap, scope);
    return after === undefined ? "" : unifiedDiff(page, after);
  });
  return joined(diffs, pages);
}

function replacedText(page: Page, swap: Swap, scope: Scope): string | undefined {
  const { line, ...which } = whichOf(scope);
  const first = page.offset ?? 1;
  if (line !== undefined) return replaceIn(page.content, swap, { ...which, line: line - first + 1 })?.content;
  const key = keyOf(scope);
  if (key !== undefined) {
    const index = page.content.split("\n").findIndex((text) => key.test(text) && replaceIn(text, swap) !== undefined);
    if (index !== -1) return replaceIn(page.content, swap, { ...which, line: index + 1 })?.content;
  }
  return replaceIn(page.content, swap, which)?.content;
}

const settingsFile = /\.(?:jsonc?|ya?ml|toml|ini|env|cfg|conf|properties)$|^\.env/i;

/** Whether `old` is the name of a value rather than the text to replace: it was not quoted, and `new` reads like a value,
 * or the file is one of settings. */
function namesValue(scope: Scope): boolean {
  if (scope.old_kind === "quoted" || scope.old_kind === "number") return false;
  if (scope.renames === true) return false;
  if (scope.sets === true || /^the\s/i.test(String(scope.old)) || settingsFile.test(String(scope.file))) return true;
  return /^(?:-?\d[\d._]*|v?\d+\.\d[\w.+-]*|true|false|yes|no|on|off|null|none|nil|undefined|(["'`]).*\1)$/i.test(
    String(scope.new ?? "").trim(),
  );
}

function removedDiff(pages: Page[], scope: Scope): string | undefined {
  const diffs = pages.map((page) => {
    const result = replaceIn(page.content, { old: String(scope.old ?? ""), new: "" }, whichOf(scope));
    if (result === undefined) return "";
    const before = page.content.split("\n");
    const after = result.content.split("\n");
    const kept =
      before.length === after.length
        ? after.filter((line, index) => line.trim() !== "" || (before[index] as string).trim() === "")
        : after;
    return unifiedDiff(page, kept.join("\n"));
  });
  return joined(diffs, pages);
}

/** One diff over several pages; pages of one file share its header. */
function joined(diffs: string[], pages: Page[]): string | undefined {
  let text = "";
  let last = "";
  diffs.forEach((diff, index) => {
    if (diff === "") return;
    const path = (pages[index] as Page).path;
    text += path === last ? diff.slice(diff.indexOf("\n@@") + 1) : diff;
    last = path;
  });
  return text === "" ? undefined : text;
}

function linesDiff(value: unknown, edits: Parameters<typeof editLines>[1]): string | undefined {
  const page = pagesOf(value)[0];
  const after = page === undefined ? undefined : editLines(page, edits);
  return page === undefined || after === undefined ? undefined : unifiedDiff(page, after) || undefined;
}

/** A diff that sets the value on the first line like `name: value` or `name = value`; the old value's quotes stay. */
function valueDiff(pages: Page[], name: string, next: string): string | undefined {
  const bare = name
    .replace(/^(?:value of|setting|field|key|option|property)\s+/i, "")
    .replace(/\s+(?:field|key|value|setting|option|property|number)$/i, "");
  const spaced = literal(bare).replace(/[\s_-]+/g, "[\\s_-]*");
  const pattern = new RegExp(
    `^([^\\r\\n]*?(?<![\\w-])["']?${spaced}["']?(?:\\s*:\\s*[\\w<>|\\[\\]]+(?=\\s*=[^=]))?\\s*(?::=|=>|[:=](?!=))\\s*)(["'\`]?)([^"'\`,;#\\r\\n]*?)\\2(\\s*(?:[,;#)][^\\r\\n]*|//[^\\r\\n]*|\\})?\\r?)$`,
    "im",
  );
  for (const page of pages) {
    const found = pattern.exec(page.content);
    if (found === null) continue;
    const [whole, head, quote, , tail] = found;
    const value = quote === "" ? next : next.replace(/^(["'`])(.*)\1$/s, "$2");
    const after =
      page.content.slice(0, found.index) +
      head +
      quote +
      value +
      quote +
      tail +
      page.content.slice(found.index + whole.length);
    return unifiedDiff(page, after) || undefined;
  }
  return undefined;
}
