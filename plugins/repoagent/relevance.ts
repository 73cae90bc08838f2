/** A line that a search found. `matched` holds the texts of the line that matched, in lower case. Lines and columns from 1. */
export type Hit = { path: string; line: number; column: number; snippet: string; matched: string[] };

const definition =
  /^(?:export\s+|public\s+|private\s+|protected\s+|static\s+|async\s+|pub(?:\([a-z]+\))?\s+|abstract\s+|final\s+|default\s+)*(?:function|def|class|interface|type|struct|enum|trait|fn|func|sub|module|impl|const|let|var|val|fun|object|record|macro_rules!)\b/;
const aside =
  /(?:^|\/)(?:tests?|spec|__tests__|fixtures|examples?|vendor|third_party)\/|[._-](?:test|spec)\.|\.(?:lock|min\.js|map|svg)$|(?:^|\/)(?:package-lock\.json|changelog[^/]*)$/i;

/**
 * Chooses the `limit` most telling hits and puts them file by file, best file first, lines ascending. A hit counts more the rarer
 * its matched texts are, the more different ones are on its line, within six lines and in its file's path, and when it defines
 * something; tests, locks and vendored files count less.
 */
export function mostRelevant(hits: Hit[], limit: number): Hit[] {
  const frequency = new Map<string, number>();
  for (const hit of hits) for (const text of new Set(hit.matched)) frequency.set(text, (frequency.get(text) ?? 0) + 1);
  const weight = (text: string): number => Math.log(1 + hits.length / (frequency.get(text) ?? 1));
  const texts = [...frequency.keys()].slice(0, 200);

  const byFile = new Map<string, Hit[]>();
  for (const hit of hits) {
    const list = byFile.get(hit.path);
    if (list === undefined) byFile.set(hit.path, [hit]);
    else list.push(hit);
  }
  const files: { hits: { hit: Hit; score: number }[]; best: number }[] = [];
  for (const [path, list] of byFile) {
    list.sort((a, b) => a.line - b.line);
    const lower = path.toLowerCase();
    const bonus = texts.reduce(
      (sum, text) => (text.length > 2 && lower.includes(text) ? sum + weight(text) * 0.5 : sum),
      0,
    );
    const scale = aside.test(path) ? 0.5 : 1;
    const scored = list.map((hit, index) => ({
      hit,
      score: scale * (bonus + own(hit, weight) + around(list, index, weight)),
    }));
    files.push({ hits: scored, best: Math.max(...scored.map((item) => item.score)) });
  }
  const chosen = new Set(
    files
      .flatMap((file) => file.hits)
      .sort(
        (a, b) =>
          b.score - a.score || (a.hit.path < b.hit.path ? -1 : a.hit.path > b.hit.path ? 1 : a.hit.line - b.hit.line),
      )
      .slice(0, limit)
      .map((item) => item.hit),
  );
  files.sort((a, b) => b.best - a.best || (a.hits[0]?.hit.path ?? "").localeCompare(b.hits[0]?.hit.path ?? ""));
  return files.flatMap((file) => file.hits.map((item) => item.hit)).filter((hit) => chosen.has(hit));
}

function own(hit: Hit, weight: (text: string) => number): number {
  let score = 0;
  for (const text of new Set(hit.matched)) score += weight(text);
  return definition.test(hit.snippet) ? score * 1.3 : score;
}

function around(list: Hit[], index: number, weight: (text: string) => number): number {
  const here = list[index] as Hit;
  const others = new Set<string>();
  for (let at = index - 1; at >= 0 && here.line - (list[at] as Hit).line <= 6; at--)
    for (const text of (list[at] as Hit).matched) others.add(text);
  for (let at = index + 1; at < list.length && (list[at] as Hit).line - here.line <= 6; at++)
    for (const text of (list[at] as Hit).matched) others.add(text);
  let score = 0;
  for (const text of others) if (!here.matched.includes(text)) score += weight(text) * 0.5;
  return score;
}
