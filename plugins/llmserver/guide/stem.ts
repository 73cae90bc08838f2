/** The part of an English word that its forms share: `comments`, `commenting` → `comment`; at least three letters long. */
export function stem(word: string): string {
  const rules: [RegExp, string, number][] = [
    [/(?:i[sz]ations?|i[sz]ing|i[sz]e[drs]?|i[sz]ers?)$/, "", 5],
    [/(?:ies|ied)$/, "y", 2],
    [/(?:ations?|ators?)$/, "", 5],
    [/(?:ions?)$/, "", 5],
    [/(?:[ai]bles?)$/, "", 5],
    [/(?:ings?)$/, "", 3],
    [/(?:sses)$/, "ss", 2],
    [/(?:ches|shes|xes)$/, "", 0],
    [/(?:ed|ers?|ors?)$/, "", 4],
    [/(?:es)$/, "", 4],
    [/(?:[^s]s)$/, "", 2],
  ];
  for (const [suffix, replacement, least] of rules) {
    const match = suffix.exec(word);
    if (match === null) continue;
    if (/^(?:ches|shes|xes)$/.test(match[0])) return word.slice(0, -2);
    const kept = /^[^s]s$/.test(match[0]) ? word.slice(0, -1) : word.slice(0, match.index) + replacement;
    if (kept.length < Math.max(3, least)) continue;
    return withoutEnd(kept, match[0]);
  }
  return withoutEnd(word, "");
}

/** Undoes a doubled consonant before a suffix (`running` → `run`), and drops a silent e of longer words (`cache` → `cach`). */
function withoutEnd(word: string, suffix: string): string {
  if (/^(?:ing|ed|er)/.test(suffix) && /([bdgmnprt])\1$/.test(word)) return word.slice(0, -1);
  return word.length >= 5 && word.endsWith("e") ? word.slice(0, -1) : word;
}

/** How many single-letter edits (also swaps of neighbours) lie between two words; stops counting above `most`. */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (before[j - 2] as number) + 1);
      row.push(value);
    }
    if (Math.min(...row) > most) return most + 1;
    before = last;
    last = row;
  }
  return last[b.length] as number;
}
