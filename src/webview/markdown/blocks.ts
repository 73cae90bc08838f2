/**
 * Cuts Markdown into top-level blocks while it streams, so that only the block that grows is parsed and rendered again.
 * A cut is made only where it cannot change the meaning: at a fence, and at a blank line that no list or indented code
 * goes on after. A long list is cut between two items (`joined`).
 */
export interface Block {
  /** Stable: the offset at which the block starts. */
  readonly key: number;
  readonly kind: "text" | "code";
  /** The Markdown, or for a fence the code in it. */
  readonly text: string;
  /** The fence's first word. */
  readonly language?: string;
  /** The fence has not ended yet. */
  readonly open?: boolean;
  /** Goes on with the list of the block before. */
  readonly joined?: boolean;
}

/** What was cut so far, and where to go on. Pass it back with a longer text. */
export interface Cut {
  readonly source: string;
  readonly blocks: readonly Block[];
  /** Link and footnote definitions, which hold for all blocks. */
  readonly definitions: string;
  readonly resume: Resume;
}

interface Resume {
  /** Blocks before this are settled. */
  readonly settled: readonly Block[];
  readonly start: number;
  readonly line: number;
  readonly fence?: Fence;
  readonly list: boolean;
  readonly indented: boolean;
  readonly blank: boolean;
  readonly joined: boolean;
}

interface Fence {
  readonly mark: string;
  readonly indent: number;
  readonly language: string;
  readonly body: number;
}

const beginning: Resume = { settled: [], start: 0, line: 0, list: false, indented: false, blank: false, joined: false };
const openingFence = /^( {0,3})(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$/;
const listItem = /^( {0,3})(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
const thematicBreak = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const definition = /^ {0,3}\[[^\]\s][^\]]*\]:[ \t]*\S/;
const longList = 1_500;

/** Cuts `source`. With what was cut before of a text that `source` goes on from, only the new lines are read. */
export function cutBlocks(source: string, before?: Cut): Cut {
  const goesOn = before !== undefined && source.length >= before.source.length && source.startsWith(before.source);
  if (goesOn && source.length === before.source.length) return before;
  let at = goesOn ? before.resume : beginning;
  let definitions = goesOn ? before.definitions : "";
  const settled = [...at.settled];
  for (;;) {
    const end = source.indexOf("\n", at.line);
    if (end < 0) break;
    const line = source.slice(at.line, end).replace(/\r$/, "");
    if (!at.fence && definition.test(line)) definitions += `${line}\n`;
    at = step(source, at, line, end + 1, settled);
  }
  const resume = { ...at, settled };
  const last = finish(source, at, source.length);
  return { source, blocks: last ? [...settled, last] : settled, definitions, resume };
}

/** Reads one whole line; pushes the block that it ends. `next` is where the following line starts. */
function step(source: string, at: Resume, line: string, next: number, settled: Block[]): Resume {
  if (at.fence) {
    if (!closes(line, at.fence)) return { ...at, line: next };
    settled.push(codeBlock(source, at, at.fence, at.line, false));
    return { ...beginning, start: next, line: next };
  }
  const settle = () => {
    const block = finish(source, at, at.line);
    if (block) settled.push(block);
  };
  const fence = openingFence.exec(line);
  const indent = fence?.[1]?.length ?? 0;
  if (fence && (indent === 0 || !at.list)) {
    settle();
    const opened = { mark: fence[2] ?? "```", indent, language: fence[3] ?? "", body: next };
    return { ...beginning, start: at.line, line: next, fence: opened };
  }
  if (line.trim() === "")
    return at.line === at.start ? { ...at, start: next, line: next } : { ...at, line: next, blank: true };
  const isItem = listItem.test(line) && !thematicBreak.test(line);
  const fresh = at.line === at.start;
  const goesOn = at.list ? isItem || /^(?: {2,}|\t)/.test(line) : at.indented && /^(?: {4}|\t)/.test(line);
  const tooLong = at.list && isItem && /^\S/.test(line) && at.line - at.start > longList;
  if (!fresh && ((at.blank && !goesOn) || tooLong)) {
    settle();
    return { ...startAt(at.line, line, isItem), joined: tooLong, line: next };
  }
  if (fresh) return { ...startAt(at.start, line, isItem), line: next };
  return { ...at, line: next, blank: false };
}

function startAt(start: number, line: string, isItem: boolean): Resume {
  return { ...beginning, start, line: start, list: isItem, indented: !isItem && /^(?: {4}|\t)/.test(line) };
}

function finish(source: string, at: Resume, end: number): Block | undefined {
  if (at.fence) return codeBlock(source, at, at.fence, end, true);
  const text = source.slice(at.start, end);
  if (text.trim() === "") return undefined;
  return { key: at.start, kind: "text", text, ...(at.joined ? { joined: true } : {}) };
}

function codeBlock(source: string, at: Resume, fence: Fence, end: number, open: boolean): Block {
  let text = source.slice(fence.body, Math.max(fence.body, end)).replace(/\r?\n$/, "");
  if (open && isPartOfClosing(text.slice(text.lastIndexOf("\n") + 1), fence)) {
    text = text.slice(0, Math.max(0, text.lastIndexOf("\n")));
  }
  if (fence.indent > 0) text = text.replace(new RegExp(`^ {1,${fence.indent}}`, "gm"), "");
  return { key: at.start, kind: "code", text, language: fence.language, ...(open ? { open } : {}) };
}

function closes(line: string, fence: Fence): boolean {
  const match = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line);
  return match?.[1] !== undefined && match[1][0] === fence.mark[0] && match[1].length >= fence.mark.length;
}

/** While it streams, the first characters of the closing fence must not flash up as code. */
function isPartOfClosing(line: string, fence: Fence): boolean {
  const rest = line.trim();
  return rest !== "" && [...rest].every((character) => character === fence.mark[0]);
}
