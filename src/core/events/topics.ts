/** Who publishes for the host; every other source of an event is a plugin's name, so that no plugin may have this one. */
export const hostSource = "host";

/** What refuses a topic of the host to plugins; it stands in no list, and no rule goes before it. */
export const hostTopicsRule = "builtin:host-topics";

/** Topics are dot-separated tokens. In a pattern `*` stands for one token and `>`, as the last token, for one or more. */

/** Whether a topic fits a pattern. */
export function topicMatches(pattern: string, topic: string): boolean {
  if (pattern === topic || pattern === ">") return true;
  return fits(pattern.split("."), topic.split("."));
}

/** Whether every topic that fits `inner` fits `outer` too. Both may be patterns. */
export function topicCovers(outer: string, inner: string): boolean {
  if (outer === inner || outer === ">") return true;
  // A token of `inner` that stands for many is covered only by the same or a wider one, so a literal comparison is enough.
  return fits(outer.split("."), inner.split("."));
}

/** Whether some topic fits both patterns. */
export function topicsOverlap(one: string, other: string): boolean {
  const left = one.split(".");
  const right = other.split(".");
  for (let index = 0; ; index++) {
    const a = left[index];
    const b = right[index];
    if (a === undefined || b === undefined) return a === b;
    if (a === ">" || b === ">") return true;
    if (a !== b && a !== "*" && b !== "*") return false;
  }
}

function fits(pattern: readonly string[], tokens: readonly string[]): boolean {
  for (let index = 0; index < tokens.length; index++) {
    const wanted = pattern[index];
    const token = tokens[index];
    if (wanted === ">") return index === pattern.length - 1;
    if (token === ">") return false;
    if (wanted !== "*" && wanted !== token) return false;
  }
  return pattern.length === tokens.length;
}
