/**
 * Whether a text fits a pattern in which `*` stands for any text, also none, and every other character for itself.
 * Takes at most pattern × text steps, whatever the pattern.
 */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let on = 0;
  let star = -1;
  let resume = 0;
  while (on < text.length) {
    if (at < pattern.length && pattern[at] === "*") {
      star = at++;
      resume = on;
    } else if (at < pattern.length && pattern[at] === text[on]) {
      at++;
      on++;
    } else if (star >= 0) {
      at = star + 1;
      on = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

/**
 * The language of rule targets that are not topics, such as `calculator/*`: the pattern and the path have as many parts between
 * `/`, and in each part `*` stands for any text, also none and also dots. The lone pattern `*` stands for every path.
 */
export function pathMatches(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === path) return true;
  if (!pattern.includes("*")) return false;
  const parts = pattern.split("/");
  const texts = path.split("/");
  return parts.length === texts.length && parts.every((part, index) => globMatches(part, texts[index] ?? ""));
}

/** How many characters of a pattern stand for themselves. */
export function literalLength(pattern: string): number {
  let wild = 0;
  for (const character of pattern) if (character === "*" || character === ">") wild++;
  return pattern.length - wild;
}
