/** How long a search hit's text may be, in characters. */
export const snippetLength = 160;

/** The part of a line around a match, without its indentation, at most 160 characters; `…` marks what was left out. */
export function snippetAround(line: string, column: number): string {
  const text = line.trimEnd();
  const indent = text.length - text.trimStart().length;
  if (text.length - indent <= snippetLength) return text.slice(indent);
  const start = Math.max(indent, Math.min(column - 1 - 40, text.length - snippetLength));
  const before = start > indent ? "…" : "";
  const room = snippetLength - before.length;
  const after = start + room < text.length ? "…" : "";
  return before + text.slice(start, start + room - after.length) + after;
}
