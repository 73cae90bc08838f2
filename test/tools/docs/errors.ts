/** Every error that the code can say, read from the places where it is made: `new Failure(kind, text, { todo, details })`. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes, errorMeanings } from "../../../src/protocol/codes.ts";
import { root } from "../paths.ts";

export interface ErrorText {
  readonly kind: string;
  /** `…` stands for what is filled in. */
  readonly says: string;
  readonly todo: string | undefined;
  readonly file: string;
}

export interface ErrorSources {
  readonly texts: readonly ErrorText[];
  /** The values of `details.reason`, by which a program tells causes apart, with a file that has each. */
  readonly reasons: ReadonlyMap<string, string>;
  /** All sources in one, in which a text that is quoted somewhere has to occur. */
  readonly everything: string;
}

export function readErrors(): ErrorSources {
  const texts: ErrorText[] = [];
  const reasons = new Map<string, string>();
  let everything = "";
  for (const name of globSync("src/**/*.{ts,tsx,py}", { cwd: root }).sort()) {
    const file = name.replaceAll("\\", "/");
    const source = readFileSync(join(root, file), "utf8");
    everything += `${source.replaceAll('\\"', '"')}\n`;
    for (const found of source.matchAll(/new Failure\(/g)) texts.push(...errorsAt(source, found.index + 12, file));
    for (const [, reason = ""] of source.matchAll(/\breason: "([a-z][a-zA-Z]+)"/g)) reasons.set(reason, file);
  }
  return { texts, reasons, everything };
}

/** The errors of one place: several where its text is chosen between several. */
function errorsAt(source: string, start: number, file: string): ErrorText[] {
  const [kind = "", text = "", more = ""] = argumentsAt(source, start);
  const name = /^"(\w+)"$/.exec(kind)?.[1];
  if (!name || !(name in errorCodes)) return [];
  const todo = /\btodo:\s*/.exec(more);
  const advice = todo ? literalsOf(argumentsAt(more, todo.index + todo[0].length)[0] ?? "")[0] : undefined;
  return literalsOf(text).map((says) => ({ kind: name, says, todo: advice, file }));
}

/** What stands between commas from here to the closing bracket. */
function argumentsAt(source: string, start: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = start;
  let at = start;
  for (; at < source.length; at++) {
    const character = source[at] ?? "";
    if (character === '"' || character === "`") at = endOfLiteral(source, at);
    else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character) && depth-- === 0) break;
    else if (character === "," && depth === 0) {
      found.push(source.slice(from, at).trim());
      from = at + 1;
    }
  }
  return [...found, source.slice(from, at).trim()];
}

/** The place of the quote that ends the literal that begins here. */
function endOfLiteral(source: string, start: number): number {
  const quote = source[start];
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === quote) return at;
    else if (quote === "`" && source.startsWith("${", at)) at = endOfHole(source, at + 2);
  }
  return source.length;
}

function endOfHole(source: string, start: number): number {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const character = source[at] ?? "";
    if (character === '"' || character === "`") at = endOfLiteral(source, at);
    else if (character === "{") depth++;
    else if (character === "}" && depth-- === 0) return at;
  }
  return source.length;
}

/** The sentences in an expression; what is only a word or two belongs to a condition. */
function literalsOf(expression: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < expression.length; at++) {
    if (expression[at] !== '"' && expression[at] !== "`") continue;
    const end = endOfLiteral(expression, at);
    const text = shown(expression.slice(at + 1, end));
    if (/[a-z].* .*[a-z]/i.test(text)) found.push(text);
    at = end;
  }
  return found;
}

/** A literal as a person reads it, with `…` for what is filled in. */
function shown(literal: string): string {
  let text = "";
  for (let at = 0; at < literal.length; at++) {
    if (literal.startsWith("${", at)) {
      at = endOfHole(literal, at + 2);
      text += "…";
    } else if (literal[at] === "\\") text += literal[++at];
    else text += literal[at];
  }
  return text.replace(/…+/g, "…");
}

/** Whether a quoted text, in which `…` stands for anything, is one that the sources have: its pieces in order, close together. */
export function isSaid({ everything }: ErrorSources, text: string): boolean {
  const pieces = text.split("…").filter((piece) => piece !== "");
  const longest = pieces.reduce((one, other) => (other.length > one.length ? other : one), "");
  for (let at = everything.indexOf(longest); at >= 0; at = everything.indexOf(longest, at + 1)) {
    const around = everything.slice(Math.max(0, at - 400), at + longest.length + 400);
    let from = 0;
    const inOrder = pieces.every((piece) => {
      const found = around.indexOf(piece, from);
      from = found + piece.length;
      return found >= 0;
    });
    if (inOrder) return true;
  }
  return false;
}

/** The part of `docs/errors.md`: by kind, what the code says and what it advises. */
export function errorList({ texts }: ErrorSources): string {
  return Object.entries(errorCodes)
    .map(([kind, code]) => {
      const own = new Map<string, string>();
      for (const each of texts) if (each.kind === kind) own.set(each.says, each.todo ?? own.get(each.says) ?? "");
      const rows = [...own]
        .sort(([one], [other]) => one.localeCompare(other, "en"))
        .map(([says, todo]) => row(says, todo));
      const meaning = `\`${code}\`. ${errorMeanings[kind as keyof typeof errorCodes]}`;
      const table = ["| what it says | what to do |", "|---|---|", ...rows].join("\n");
      return `### \`${kind}\`\n\n${meaning}\n${rows.length > 0 ? `\n${table}\n` : ""}`;
    })
    .join("\n")
    .trimEnd();
}

function row(says: string, todo: string): string {
  const cell = (text: string) =>
    text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ").replaceAll("*", "\\*");
  return `| ${cell(says)} | ${cell(todo)} |`;
}
