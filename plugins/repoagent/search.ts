import { locateExisting } from "./find.ts";
import type { Place, Places } from "./places.ts";
import { Problem } from "./problem.ts";
import { type Hit, mostRelevant } from "./relevance.ts";

export type SearchInput = {
  query: string;
  path?: string;
  max_results?: number;
  case_sensitive?: boolean;
  regex?: boolean;
};
export type SearchOutput = {
  query: string;
  matches: { path: string; line: number; column: number; snippet: string }[];
  /** How many lines matched in all, in how many files; where the search was ended early, how many were seen. */
  total: number;
  files: number;
  truncated: boolean;
  /** With regex: how many lines each matched text (in lower case) was seen on, the forty most frequent. */
  matched?: Record<string, number>;
};

/** What one pass over the files brings; `capped` when it was ended at `scanLimit`. */
export type Scan = { hits: Hit[]; capped: boolean };
/** Finds the lines below a place. Answers undefined where it cannot work here at all, so that the next one is asked. */
export type Scanner = (
  places: Places,
  start: Place,
  request: { query: string; regex: boolean; caseSensitive: boolean; scanLimit: number },
  signal?: AbortSignal,
) => Promise<Scan | undefined>;

/** Lines looked at before the best are chosen. */
const scanLimit = 20_000;

/**
 * Searches the open folders, or one folder or file. With more matches than `max_results` (200) the most telling are
 * answered and `truncated` is true. Several alternatives in a regex (`parse|comment`) bring lines where they meet to the front.
 */
export async function search(
  places: Places,
  scanners: Scanner[],
  input: SearchInput,
  maxFiles: number,
  signal?: AbortSignal,
): Promise<SearchOutput> {
  if (input.query === "") throw new Problem("invalidParams", "The query is empty. Say what to search for.");
  if (/[\r\n]/.test(input.query) && input.regex !== true) {
    throw new Problem("invalidParams", "The query has more than one line. Search for one line of it.");
  }
  const starts = await startsOf(places, input.path, maxFiles, signal);
  const request = {
    query: input.query,
    regex: input.regex === true,
    caseSensitive: input.case_sensitive === true,
    scanLimit,
  };
  const hits: Hit[] = [];
  let capped = false;
  for (const start of starts) {
    const scan = await firstAnswer(scanners, places, start, request, signal);
    hits.push(...scan.hits);
    capped ||= scan.capped;
  }
  const limit = input.max_results ?? 200;
  return {
    query: input.query,
    matches: mostRelevant(hits, limit).map(({ path, line, column, snippet }) => ({ path, line, column, snippet })),
    total: hits.length,
    files: new Set(hits.map((hit) => hit.path)).size,
    truncated: capped || hits.length > limit,
    ...(request.regex ? { matched: countTexts(hits) } : {}),
  };
}

function countTexts(hits: Hit[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const hit of hits) for (const text of new Set(hit.matched)) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]).slice(0, 40));
}

async function startsOf(
  places: Places,
  path: string | undefined,
  maxFiles: number,
  signal?: AbortSignal,
): Promise<Place[]> {
  if (path === undefined || path === "" || path === ".") {
    places.home();
    return places.roots.map((root) => ({ root, absolute: root.path, path: places.label(root, root.path) }));
  }
  try {
    return [await locateExisting(places, path, "directory", maxFiles, signal)];
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === "denied") throw error;
    const asFile = await locateExisting(places, path, "file", maxFiles, signal).catch(() => undefined);
    if (asFile === undefined) throw error;
    return [asFile];
  }
}

async function firstAnswer(scanners: Scanner[], ...rest: Parameters<Scanner>): Promise<Scan> {
  for (const scanner of scanners) {
    const scan = await scanner(...rest);
    if (scan !== undefined) return scan;
  }
  throw new Problem("unavailable", "No search is available here.");
}
