import type { Scope } from "./expressions.ts";
import type { Candidate } from "./rank.ts";
import type { SlotType } from "./template.ts";
import type { Token } from "./tokenise.ts";
import { fillers, kinds } from "./words.ts";

/**
 * The values of a candidate's slots: numbers as numbers, quoted text without its quotes, anything else as it was written. A path that
 * carries lines (`a.ts:3-9`) also gives `<slot>_line` and `<slot>_last`, and a slot of one piece `<slot>_kind`. Constants of the wording come first.
 */
export function slotValues(candidate: Candidate, request: string): Scope {
  const { bias: _, ...scope }: Scope = { ...candidate.prompt.constants };
  for (const element of candidate.prompt.template.elements) {
    if (element.is !== "slot") continue;
    const span = candidate.alignment.slots.get(element.name);
    if (span === undefined) continue;
    const tokens = candidate.tokens.slice(span.from, span.to);
    scope[element.name] = slotValue(element.type, tokens, request);
    const only = (
      element.type === "text" ? tokens[0] : (tokens.find((token) => !kinds.has(token.word)) ?? tokens[0])
    ) as Token;
    if (tokens.length === 1 || element.type !== "text") scope[`${element.name}_kind`] = only.kind;
    if (only.kind === "path" && only.line !== undefined) {
      scope[`${element.name}_line`] = only.line;
      if (only.lastLine !== undefined) scope[`${element.name}_last`] = only.lastLine;
    }
  }
  return scope;
}

function slotValue(type: SlotType, tokens: Token[], request: string): unknown {
  const only = tokens[0] as Token;
  if (type === "number") return only.number;
  if (type !== "text" && tokens.length === 2) {
    const named = tokens.find((token) => !kinds.has(token.word)) ?? only;
    return named.value.replace(/[/\\]+$/, "");
  }
  if (tokens.length === 1) {
    if (type === "path" || type === "file" || type === "folder" || type === "exact")
      return only.value.length > 1 ? only.value.replace(/[/\\]+$/, "") : only.value;
    if (type !== "text" || only.kind !== "word") return only.value;
  }
  let last = tokens.length - 1;
  while (
    last > 0 &&
    tokens[last]?.kind === "word" &&
    /^(?:please|pls|thanks|thx|now|instead)$/.test((tokens[last] as Token).word)
  )
    last--;
  const end = (tokens[last] as Token).end;
  // What is written on without a space belongs to the text, but for the end of the sentence.
  const tail = /^[^\s,;!?]*[^\s,;.:!?]/.exec(request.slice(end))?.[0] ?? /^;/.exec(request.slice(end))?.[0] ?? "";
  const head = /[([{]+$/.exec(request.slice(0, only.start))?.[0] ?? "";
  return head + request.slice(only.start, end) + tail;
}

/** Text without the small words at its beginning, for what is named rather than written. */
export function withoutFillers(text: string): string {
  const words = text.split(/\s+/);
  let first = 0;
  while (first < words.length - 1 && fillers.has((words[first] as string).toLowerCase())) first++;
  return words.slice(first).join(" ");
}
