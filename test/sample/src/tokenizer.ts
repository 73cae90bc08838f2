import { TallyError, type Token, type TokenKind } from "./tokens.ts";

/** One pattern for each kind of token, tried in this order at the place where the last token ended. */
const patterns: readonly [TokenKind | "space", RegExp][] = [
  ["space", /[ \t\r]+/y],
  ["newline", /\n/y],
  ["comment", /#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y],
  ["number", /\d+(?:\.\d+)?/y],
  ["name", /[A-Za-z_]\w*/y],
  ["operator", /[-+*/%(),=]/y],
];

/** Cuts a program into tokens. Comments are kept: what they mean is for the parser to say. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  let line = 1;
  while (position < source.length) {
    const { kind, text } = nextToken(source, position, line);
    if (kind !== "space") {
      tokens.push({ kind, text, line });
    }
    line += text.split("\n").length - 1;
    position += text.length;
  }
  tokens.push({ kind: "end", text: "", line });
  return tokens;
}

function nextToken(source: string, position: number, line: number): { kind: TokenKind | "space"; text: string } {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = position;
    const match = pattern.exec(source);
    if (match) {
      return { kind, text: match[0] };
    }
  }
  throw new TallyError(`"${source.charAt(position)}" does not belong here`, line);
}
