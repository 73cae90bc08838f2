/** One line of a unified diff. `old` and `new` are 1-based line numbers in the two files. */
export interface DiffLine {
  readonly kind: "added" | "removed" | "same" | "hunk" | "note";
  readonly text: string;
  readonly old?: number;
  readonly new?: number;
}

/**
 * Reads a unified diff; the file headers are left out because the card names the file, and so is the header of a hunk
 * above which no line is missing, as of a new file.
 */
export function diffLines(diff: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let before = 1;
  let after = 1;
  let inHunk = false;
  for (const line of diff.replace(/\r?\n$/, "").split(/\r?\n/)) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$/.exec(line);
    if (hunk) {
      const [old, next] = [Number(hunk[1]), Number(hunk[2])];
      if (old > before || next > after) lines.push({ kind: "hunk", text: (hunk[3] ?? "").trim() });
      before = old;
      after = next;
      inHunk = true;
    } else if (!inHunk) {
      if (line !== "" && !/^(---|\+\+\+|diff |index |Index: |={3,})/.test(line))
        lines.push({ kind: "note", text: line });
    } else if (line.startsWith("+")) lines.push({ kind: "added", text: line.slice(1), new: after++ });
    else if (line.startsWith("-")) lines.push({ kind: "removed", text: line.slice(1), old: before++ });
    else if (line.startsWith("\\")) lines.push({ kind: "note", text: line.slice(1).trim() });
    else lines.push({ kind: "same", text: line.slice(1), old: before++, new: after++ });
  }
  return lines;
}
