import type { Request } from "./conversation.ts";
import type { Token } from "./tokenise.ts";
import { changing } from "./words.ts";

/** Ways of reading a request, the plainest first: whole, sentence by sentence, by clauses, and with "it" or "that file" standing for the last file. */
export function variantsOf(tokens: Token[], request: Request): Token[][] {
  const variants = [tokens];
  const sentences = sentencesOf(tokens, request.text);
  if (sentences.length > 1) variants.push(...sentences);
  variants.push(...clausesOf(tokens));
  if (request.lastPath !== undefined && !tokens.some((token) => token.kind === "path")) {
    const pointed = withLastPath(tokens, request.lastPath);
    if (pointed !== undefined) variants.push(pointed);
  }
  return variants;
}

/** The parts of "open a.ts and show it" that can be asked for alone; none where a part that would be left out changes something. */
function clausesOf(tokens: Token[]): Token[][] {
  const at = tokens.findIndex(
    (token, index) => /^(?:and|then)$/.test(token.word) && index > 1 && index < tokens.length - 2,
  );
  if (at === -1) return [];
  const parts = [tokens.slice(0, at), tokens.slice(at + 1)];
  return parts.filter((_, index) => !(parts[1 - index] as Token[]).some((token) => changing.has(token.word)));
}

function sentencesOf(tokens: Token[], text: string): Token[][] {
  const sentences: Token[][] = [[]];
  tokens.forEach((token, index) => {
    const previous = tokens[index - 1];
    if (
      previous !== undefined &&
      /[.!?;:]\s|\n|,\s/.test(text.slice(previous.end, token.start)) &&
      !/^\s*,/.test(text.slice(previous.end, token.start))
    )
      sentences.push([]);
    sentences.at(-1)?.push(token);
  });
  return sentences.filter((sentence) => sentence.length > 0);
}

function withLastPath(tokens: Token[], path: string): Token[] | undefined {
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    const next = tokens[at + 1];
    const length =
      /^(?:that|this|same|the)$/.test(token.word) && next?.word === "file"
        ? 2
        : /^(?:it|there)$/.test(token.word)
          ? 1
          : 0;
    if (length === 0) continue;
    const end = tokens[at + length - 1] as Token;
    const pointed: Token = {
      kind: "path",
      text: path,
      value: path,
      word: path.toLowerCase(),
      stem: path.toLowerCase(),
      start: token.start,
      end: end.end,
    };
    return [...tokens.slice(0, at), pointed, ...tokens.slice(at + length)];
  }
  return undefined;
}
