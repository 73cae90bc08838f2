import { type Term, termsOf } from "./terms.ts";

/** A line that a search found; as `repo.search` answers it. */
export type Match = { path: string; line: number; snippet: string };
export type Place = Match & { score: number };

const definition =
  /^\s*(?:@\w+\s+)?(?:(?:export|public|private|protected|internal|static|async|abstract|final|default|override|virtual|inline|unsafe|extern|declare|readonly|pub(?:\([a-z]+\))?)\s+)*(?:function\*?|def|class|interface|type|struct|enum|trait|fn|func|sub|module|impl|namespace|const|let|var|val|fun|object|record|macro_rules!|#define)\s+(?:\([^)]*\)\s*)?[*&]?([\w$.:]*[\w$])/;
const assigned =
  /^\s*(?:exports\.|module\.exports\.|this\.|self\.)?([\w$.]+)\s*(?::\s*[\w<>[\]| ]+)?\s*(?:=|:)\s*(?:async\s*)?(?:function|\(|lambda|\w+\s*=>)/;
const member =
  /^\s*(?:(?:public|private|protected|static|async|override|get|set|readonly|\*|#)\s*)*([\w$#]+)\s*\([^;]*\)\s*(?::\s*[^;{]+)?\{\s*$/;
const typed = /^[A-Za-z_][\w\s*&<>:,]*?[\s*&]([A-Za-z_]\w*)\s*\([^;]*$/;

/** The name that a line of code defines, in any of the common languages, or undefined. */
export function definedName(line: string): string | undefined {
  if (/^\s*(?:if|for|while|switch|return|else|catch|with|elif|throw|raise|await|yield|new|case)\b/.test(line))
    return undefined;
  return (definition.exec(line) ?? assigned.exec(line) ?? member.exec(line) ?? typed.exec(line))?.[1];
}

const tests =
  /(?:^|\/)(?:tests?|spec|specs|__tests__|testing|fixtures|e2e)\/|(?:[._-](?:test|spec)s?\.)|(?:^|\/)test_|_test\.(?:go|py)$/i;
const prose = /\.(?:md|mdx|rst|txt|adoc|html?)$/i;
const noise =
  /\.(?:lock|min\.js|map|svg|snap|css\.map|log)$|(?:^|\/)(?:package-lock\.json|yarn\.lock|changelog[^/]*|history\.md|third_party|vendor|node_modules|\.github|CMakeLists\.txt)(?:\/|$)?/i;

/** How much a file counts for a question about code: tests, prose and generated files less, unless they are asked for. */
function fileWeight(path: string, what: string): number {
  if (noise.test(path)) return 0.3;
  if (path.endsWith(".d.ts")) return 0.6;
  if (tests.test(path)) return /\btests?\b|\bspecs?\b|\btested\b/i.test(what) ? 1.3 : 0.5;
  if (prose.test(path)) return /\b(?:docs?|documentation|documented|readme|guide|manual)\b/i.test(what) ? 1.4 : 0.45;
  return 1;
}

/** How well a term is met in a text: 1 at the beginning of a word or of a hump, 0.35 inside of one, 0 not at all. */
function met(term: Term, text: string): number {
  const pattern = new RegExp(term.pattern, "gi");
  let top = 0;
  for (const match of text.matchAll(pattern)) {
    const at = match.index;
    const before = text[at - 1] ?? " ";
    const first = text[at] as string;
    const starts = !/[A-Za-z]/.test(before) || (/[a-z]/.test(before) && /[A-Z]/.test(first)) || !/[A-Za-z]/.test(first);
    const whole = text.slice(at, at + term.word.length).toLowerCase() === term.word;
    top = Math.max(top, starts ? (whole ? 1 : 0.85) : 0.35);
    if (top === 1) break;
  }
  return top;
}

export type Mode = "any" | "definition";

/**
 * Orders found lines by how near they are to a description: rare terms count more; terms on the line most, then in the name it
 * defines, within seven lines, in the file's path and elsewhere in the file.
 */
export function rankPlaces(
  matches: Match[],
  what: string,
  mode: Mode = "any",
  counts: Record<string, number> = {},
): Place[] {
  const terms = termsOf(what);
  if (terms.length === 0) return matches.map((match) => ({ ...match, score: 0 }));
  const lines = matches.map((match) => ({ match, met: terms.map((term) => met(term, match.snippet)) }));
  const total = Math.max(lines.length, ...Object.values(counts));
  const rarity = terms.map((term, index) => {
    const pattern = new RegExp(`^(?:${term.pattern})$`, "i");
    const told = Object.entries(counts).reduce((sum, [text, count]) => (pattern.test(text) ? sum + count : sum), 0);
    const count = told || lines.filter((line) => (line.met[index] as number) > 0.5).length;
    return term.weight * (0.6 + Math.log((total + 1) / (count + 1)) * 0.6);
  });
  const byFile = new Map<string, typeof lines>();
  for (const line of lines) byFile.set(line.match.path, [...(byFile.get(line.match.path) ?? []), line]);

  const places: Place[] = [];
  for (const [path, list] of byFile) {
    const inPath = terms.map((term) => met(term, path.replace(/\.\w+$/, "")));
    const inName = terms.map((term) => met(term, (path.split("/").at(-1) ?? "").replace(/\.\w+$/, "")));
    for (const here of list) {
      const near = list.filter((other) => other !== here && Math.abs(other.match.line - here.match.line) <= 7);
      const name = definedName(here.match.snippet);
      let score = 0;
      const words = new Map<string, number>();
      terms.forEach((term, index) => {
        const own = here.met[index] as number;
        const close = Math.max(0, ...near.map((other) => other.met[index] as number));
        const inFile = Math.max(0, ...list.map((other) => other.met[index] as number));
        const inDefined = name === undefined ? 0 : met(term, name);
        const value =
          Math.max(
            own,
            close * 0.55,
            (inName[index] as number) * 0.85,
            (inPath[index] as number) * 0.45,
            inFile * 0.2,
          ) +
          (own > 0 ? 0.15 * close : 0) +
          Math.min(own, 1) * inDefined * (mode === "definition" ? 1.2 : 0.25) +
          (inName[index] as number) * 0.15;
        // Two spellings of one word count once.
        words.set(term.word, Math.max(words.get(term.word) ?? 0, value * (rarity[index] as number)));
      });
      for (const value of words.values()) score += value;
      if (
        mode === "definition" &&
        name !== undefined &&
        terms.some((term) => term.word.toLowerCase() === name.toLowerCase())
      )
        score *= 2;
      if (
        /^\s*(?:import|from\s+\S+\s+import|#include|using|require|export\s+(?:\*|\{[^}]*\})\s+from|use\s)/.test(
          here.match.snippet,
        )
      )
        score *= 0.55;
      // Files of so many lines are mostly made by programs.
      places.push({ ...here.match, score: score * fileWeight(path, what) * (here.match.line > 4_000 ? 0.75 : 1) });
    }
  }
  return places.sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
}

/** A stretch of a file to read: `from` a line on, `count` lines. */
export type Stretch = { path: string; line: number; from: number; count: number };

/** The stretches around the best places, at most `most`, none twice: 6 lines before and 17 after a place. */
export function stretches(places: Place[], most: number): Stretch[] {
  const chosen: Stretch[] = [];
  for (const place of places) {
    if (chosen.length >= most) break;
    if (
      chosen.some(
        (other) => other.path === place.path && place.line >= other.from && place.line < other.from + other.count,
      )
    )
      continue;
    const from = Math.max(1, place.line - 6);
    chosen.push({ path: place.path, line: place.line, from, count: place.line - from + 18 });
  }
  return chosen;
}
