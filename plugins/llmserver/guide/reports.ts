import type { Page } from "./edits.ts";
import type { Scope } from "./expressions.ts";
import { countsOf, describedIn, matchesOf, pagesOf } from "./functions.ts";
import { type Match, rankPlaces } from "./nearby.ts";

/** Makes the final text of a recipe from what its steps brought. Only what the results say: paths, lines, counts, code. */
export type Report = (scope: Scope) => string;

const languages: Record<string, string> = {
  mjs: "js",
  cjs: "js",
  mts: "ts",
  cts: "ts",
  yml: "yaml",
  rs: "rust",
  h: "c",
  hpp: "cpp",
  cc: "cpp",
  kt: "kotlin",
  sh: "bash",
  md: "markdown",
};

/** A fenced block for a piece of a file; the fence is longer than any in the text. */
export function fenced(text: string, path = ""): string {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${languages[extension] ?? extension}\n${text.replace(/\n$/, "")}\n${fence}`;
}

const code = (text: string): string => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);
const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

export const reports: Record<string, Report> = {
  places: (scope) => placesReport(scope, "any"),
  definitions: (scope) => placesReport(scope, "definition"),
  matches: matchesReport,
  page: pageReport,
  tree: treeReport,
  named: namedReport,
  patched: patchedReport,
  written: writtenReport,
  problem: problemReport,
};

function placesReport(scope: Scope, mode: "any" | "definition"): string {
  const found = scope.hits;
  const what = describedIn(String(scope.what ?? ""), scope);
  const matches = matchesOf(found);
  if (matches.length === 0) return `Nothing was found for ${quotedQuery(scope)}.`;
  const pages = pagesOf(scope.pages);
  const ranked = rankPlaces([...matches, ...linesOf(pages, matches)], what, mode, countsOf(found)).filter(
    (place, index, all) => all.findIndex((other) => other.path === place.path && other.line === place.line) === index,
  );
  const parts: string[] = [];
  const shown: { path: string; from: number; to: number }[] = [];
  const covered = (place: Match): boolean =>
    shown.some((item) => item.path === place.path && place.line >= item.from && place.line <= item.to);
  for (const place of ranked) {
    if (shown.length >= 3) break;
    if (covered(place)) continue;
    const page = pages.find(
      (item) =>
        item.path === place.path &&
        place.line >= (item.offset ?? 1) &&
        place.line < (item.offset ?? 1) + lineCount(item),
    );
    if (page === undefined) continue;
    const first = shown.length === 0;
    const lines = page.content.split("\n");
    const start = page.offset ?? 1;
    const from = Math.max(start, place.line - (first ? 4 : 1));
    const to = Math.min(start + lineCount(page) - 1, place.line + (first ? 12 : 4));
    shown.push({ path: place.path, from, to });
    const also = ranked
      .filter(
        (other) =>
          other.path === place.path &&
          other.line > from &&
          other.line <= to &&
          other.line !== place.line &&
          other.score > place.score * 0.6,
      )
      .slice(0, 3);
    const lead =
      also.length === 0 ? "" : ` (also ${also.map((other) => `\`${other.path}:${other.line}\``).join(", ")})`;
    parts.push(
      `**\`${place.path}:${place.line}\`**${lead}\n\n${fenced(lines.slice(from - start, to - start + 1).join("\n"), place.path)}`,
    );
  }
  const rest = ranked.filter((place) => !covered(place)).slice(0, 8);
  if (rest.length > 0) parts.push(`Also near:\n${rest.map(listItem).join("\n")}`);
  return `${searched(found, scope)}\n\n${parts.join("\n\n")}`;
}

/** Lines of pages that a search did not answer, so that they can be ranked beside those it did. */
function linesOf(pages: Page[], known: Match[]): Match[] {
  return pages.flatMap((page) =>
    page.content
      .split("\n")
      .map((text, index) => ({ path: page.path, line: (page.offset ?? 1) + index, snippet: text.trim().slice(0, 200) }))
      .filter(
        (line) =>
          line.snippet.length > 2 && !known.some((match) => match.path === line.path && match.line === line.line),
      ),
  );
}

const lineCount = (page: Page): number => page.content.replace(/\n$/, "").split("\n").length;

const listItem = (match: Match): string => `- \`${match.path}:${match.line}\` ${code(match.snippet.trim())}`;

function quotedQuery(scope: Scope): string {
  const query = (scope.hits as { query?: string } | undefined)?.query ?? String(scope.what ?? scope.query ?? "");
  return `${code(query)}${typeof scope.in === "string" ? ` in ${code(scope.in)}` : ""}`;
}

function searched(found: unknown, scope: Scope): string {
  const { total = 0, files = 0 } = found as { total?: number; files?: number };
  return `Searched for ${quotedQuery(scope)}: ${count(total, "line")} in ${count(files, "file")}.`;
}

function matchesReport(scope: Scope): string {
  const found = scope.hits;
  const matches = matchesOf(found);
  if (matches.length === 0) return `Nothing was found for ${quotedQuery(scope)}.`;
  const shown = matches.slice(0, 40);
  const more = (found as { total?: number }).total ?? matches.length;
  const rest = more > shown.length ? `\n\n${count(more - shown.length, "more line")} matched.` : "";
  return `${searched(found, scope)}\n\n${shown.map(listItem).join("\n")}${rest}`;
}

function pageReport(scope: Scope): string {
  const page = pagesOf(scope.page)[0];
  if (page === undefined) return "The file could not be read.";
  const first = page.offset ?? 1;
  if (page.content === "") return `\`${page.path}\` is empty.`;
  const last = first + lineCount(page) - 1;
  const lines = page.content.split("\n");
  const most = 400;
  const shownTo = Math.min(last, first + most - 1);
  const whole = first === 1 && page.nextOffset === undefined && shownTo === last;
  const where = whole ? count(last, "line") : first === shownTo ? `line ${first}` : `lines ${first}–${shownTo}`;
  const rest =
    page.nextOffset !== undefined || shownTo < last
      ? `\n\nThere is more: "show lines ${shownTo + 1} to ${shownTo + 100} of ${page.path}".`
      : "";
  return `\`${page.path}:${first}\`, ${where}:\n\n${fenced(lines.slice(0, shownTo - first + 1).join("\n"), page.path)}${rest}`;
}

/** The problems that somebody wants repaired, their place, and what can be said to change it. */
function problemReport(scope: Scope): string {
  const path = pagesOf(scope.page)[0]?.path ?? String(scope.file);
  const line = typeof scope.file_line === "number" ? scope.file_line : 1;
  const problems = Array.isArray(scope.problems) ? (scope.problems as string[]) : [];
  const told = problems.length === 0 ? "" : `${problems.map((problem) => `- ${code(problem)}`).join("\n")}\n\n`;
  const named = /\s/.test(path) ? `"${path}"` : path;
  return `Without a model errors cannot be repaired, but here is the place, so that you can:\n\n${told}${pageReport(scope)}\n\nCorrect it there, or say what to change, for example: change line ${line} of ${named} to "…"`;
}

type Entry = { path: string; type: string; size?: number };

function entriesOf(value: unknown): Entry[] {
  const entries = typeof value === "object" && value !== null && "entries" in value ? value.entries : undefined;
  return Array.isArray(entries) ? (entries as Entry[]) : [];
}

function treeReport(scope: Scope): string {
  const tree = scope.tree as { path?: string; truncated?: boolean } | undefined;
  const entries = entriesOf(tree);
  const path = tree?.path ?? ".";
  if (entries.length === 0) return `There is nothing to list in \`${path}\`.`;
  const base = path === "." ? 0 : path.split("/").length;
  const lines = entries.slice(0, 300).map((entry) => {
    const parts = entry.path.split("/");
    return `${"  ".repeat(Math.max(0, parts.length - base - 1))}${parts.at(-1)}${entry.type === "directory" ? "/" : ""}`;
  });
  const folders = entries.filter((entry) => entry.type === "directory").length;
  const cut = tree?.truncated || entries.length > 300 ? ", not all of them shown" : "";
  return `\`${path}\`: ${count(entries.length - folders, "file")}, ${count(folders, "folder")}${cut}.\n\n${fenced(lines.join("\n"))}`;
}

/** Files of a listing whose name is like `what`. */
function namedReport(scope: Scope): string {
  const what = String(scope.what ?? "");
  const wanted = what
    .toLowerCase()
    .replace(/^(?:the|a|an|all)\s+/, "")
    .replace(/\s+files?$/, "");
  const glob = wanted.includes("*")
    ? new RegExp(`^${wanted.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*")}$`, "i")
    : undefined;
  const words = wanted.split(/[\s_.-]+/).filter((word) => word !== "");
  const found = entriesOf(scope.tree).filter((entry) => {
    const name = entry.path.split("/").at(-1)?.toLowerCase() ?? "";
    if (glob !== undefined) return glob.test(name);
    return (
      name.includes(wanted) ||
      entry.path.toLowerCase().endsWith(wanted) ||
      (words.length > 0 && words.every((word) => name.includes(word)))
    );
  });
  if (found.length === 0) return `No file or folder has a name like \`${what}\`.`;
  const list = found.slice(0, 60).map((entry) => `- \`${entry.path}${entry.type === "directory" ? "/" : ""}\``);
  return `${count(found.length, "name")} like \`${what}\`:\n${list.join("\n")}${found.length > 60 ? "\n- …" : ""}`;
}

function patchedReport(scope: Scope): string {
  const files =
    (scope.patch as { files?: { path: string; change: string; added: number; removed: number }[] } | undefined)
      ?.files ?? [];
  if (files.length === 0) return "Done.";
  const lines = files.map((file) => `- \`${file.path}\` ${file.change}: +${file.added} −${file.removed}`);
  const replaced =
    typeof scope.old === "string" && typeof scope.new === "string" ? `${code(scope.old)} → ${code(scope.new)}\n` : "";
  return `${replaced}${lines.join("\n")}`;
}

function writtenReport(scope: Scope): string {
  const written = scope.written as { path?: string; bytes?: number; created?: boolean } | undefined;
  return `\`${written?.path}\` ${written?.created ? "created" : "written"}, ${count(written?.bytes ?? 0, "byte")}.`;
}

/** What a call without a recipe brought: one value in bold, more as a list, nested ones as JSON. */
export function resultReport(offer: string, args: Record<string, unknown>, value: unknown): string {
  const given = Object.entries(args).map(
    ([name, item]) => `${name}: ${typeof item === "string" ? item : JSON.stringify(item)}`,
  );
  const head = `\`${offer}\`${given.length === 0 ? "" : ` (${given.join(", ")})`}`;
  if (value === null || value === undefined) return `${head}: done.`;
  if (typeof value === "string") return value.includes("\n") ? `${head}:\n\n${fenced(value)}` : `${head}: **${value}**`;
  if (typeof value !== "object") return `${head}: **${String(value)}**`;
  const fields = Object.entries(value);
  if (Array.isArray(value) || fields.some(([, item]) => typeof item === "object" && item !== null)) {
    return `${head}:\n\n${fenced(JSON.stringify(value, undefined, 2), "x.json")}`;
  }
  return `${head}:\n${fields.map(([name, item]) => `- ${name}: **${String(item)}**`).join("\n")}`;
}
