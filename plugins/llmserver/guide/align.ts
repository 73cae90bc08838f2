import { editDistance } from "./stem.ts";
import type { Element, SlotType, Template } from "./template.ts";
import type { Token } from "./tokenise.ts";
import { changing, fillers, joints, kinds, sameMeaning } from "./words.ts";

/** The pieces of a request that a slot took, from the first to the one before `to`. */
export type Span = { from: number; to: number };

/**
 * How a template lies over a request. `score` is 1 for a perfect fit and falls with what is left over on either side;
 * `skipped` are the request's pieces that nothing took, `missing` the slots that found nothing.
 */
export type Alignment = {
  score: number;
  slots: Map<string, Span>;
  literals: { token: number; quality: number; weight: number }[];
  skipped: number[];
  missing: string[];
};

type Step =
  | { do: "skip" }
  | { do: "match"; quality: number; weight: number }
  | { do: "drop" }
  | { do: "lack"; name: string }
  | { do: "take"; name: string; length: number };
type Cell = { value: number; step: Step | undefined; started: boolean };

const longestSlot = 40;

/** Lays a template over the pieces of a request in the best way, by dynamic programming over both. */
export function align(template: Template, tokens: Token[]): Alignment {
  const { elements } = template;
  const scale = Math.max(template.weight, 1);
  const width = elements.length + 1;
  // best[i * width + j]: the best way to have used i pieces and j elements.
  const best: (Cell | undefined)[] = new Array((tokens.length + 1) * width);
  best[0] = { value: 0, step: undefined, started: false };
  const offer = (i: number, j: number, value: number, step: Step, started: boolean): void => {
    const at = i * width + j;
    const old = best[at];
    if (old === undefined || value > old.value + 1e-9) best[at] = { value, step, started };
  };
  for (let i = 0; i <= tokens.length; i++) {
    for (let j = 0; j < width; j++) {
      const cell = best[i * width + j];
      if (cell === undefined) continue;
      const token = tokens[i];
      const element = elements[j];
      if (token !== undefined)
        offer(i + 1, j, cell.value - skipCost(token) * (cell.started ? 1 : 0.4), { do: "skip" }, cell.started);
      if (element === undefined) continue;
      if (element.is === "literal") {
        offer(i, j + 1, cell.value, { do: "drop" }, cell.started);
        const quality = token === undefined ? 0 : likeness(element, token);
        if (quality > 0) {
          const gain = element.optional ? 0.03 * quality : (quality * element.weight) / scale;
          offer(i + 1, j + 1, cell.value + gain, { do: "match", quality, weight: element.weight }, true);
        }
        continue;
      }
      offer(i, j + 1, cell.value - 0.45, { do: "lack", name: element.name }, cell.started);
      const most = element.type === "text" ? longestSlot : 1;
      for (let length = 1; length <= most && i + length <= tokens.length; length++) {
        const cost = slotCost(element.type, tokens, i, i + length);
        if (cost !== undefined)
          offer(i + length, j + 1, cell.value - cost, { do: "take", name: element.name, length }, true);
      }
    }
  }
  return trace(best, tokens.length, elements, width);
}

function trace(best: (Cell | undefined)[], length: number, elements: Element[], width: number): Alignment {
  const result: Alignment = { score: 0, slots: new Map(), literals: [], skipped: [], missing: [] };
  let i = length;
  let j = elements.length;
  result.score = best[i * width + j]?.value ?? Number.NEGATIVE_INFINITY;
  for (;;) {
    const step = best[i * width + j]?.step;
    if (step === undefined) break;
    if (step.do === "skip") result.skipped.push(--i);
    else if (step.do === "drop") j--;
    else if (step.do === "lack") {
      j--;
      result.missing.push(step.name);
    } else if (step.do === "match") {
      i--;
      j--;
      result.literals.push({ token: i, quality: step.quality, weight: step.weight });
    } else {
      result.slots.set(step.name, { from: i - step.length, to: i });
      i -= step.length;
      j--;
    }
  }
  return result;
}

function skipCost(token: Token): number {
  if (token.kind === "sign") return 0.15;
  if (token.kind !== "word") return 0.8;
  if (fillers.has(token.word)) return 0.02;
  if (token.number !== undefined) return 0.6;
  if (joints.has(token.word)) return 0.1;
  return kinds.has(token.word) ? 0.15 : 0.6;
}

/** How well a piece stands for a literal: 1 the word itself, less for a form of it, another of its meaning, or a typo. */
function likeness(element: Element & { is: "literal" }, token: Token): number {
  if (token.kind !== "word" && token.kind !== "sign" && token.kind !== "number") return 0;
  let top = 0;
  element.words.forEach(({ word, stem }, index) => {
    const choice = index === 0 ? 1 : 0.99;
    if (token.word === word) top = Math.max(top, choice);
    else if (token.kind !== "word") top = Math.max(top, sameMeaning(word, token.word) ? 0.9 : 0);
    else if (token.stem === stem && stem.length >= 3) top = Math.max(top, 0.97 * choice);
    else if (sameMeaning(word, token.word)) top = Math.max(top, 0.88);
    else if (
      word.length >= 4 &&
      token.word.length >= 4 &&
      !ownWord(token.word) &&
      (changing.has(word) || !changing.has(token.word))
    ) {
      const most = word.length >= 8 ? 2 : 1;
      if (editDistance(word, token.word, most) <= most && (word[0] === token.word[0] || word.length >= 6))
        top = Math.max(top, 0.8);
    }
  });
  return top;
}

/** Words that are spelled right as they are, and so are no typo of another. */
const ownWord = (word: string): boolean => kinds.has(word) || fillers.has(word) || joints.has(word);

/** What it costs that a slot takes these pieces; undefined where it cannot. */
function slotCost(type: SlotType, tokens: Token[], from: number, to: number): number | undefined {
  const first = tokens[from] as Token;
  switch (type) {
    case "number":
      return first.number === undefined ? undefined : 0;
    case "code":
      return first.kind === "code" || first.kind === "path" ? 0 : first.kind === "quoted" ? 0.02 : undefined;
    case "name":
      if (first.kind === "code" || first.kind === "quoted") return 0;
      return first.kind === "word" && !fillers.has(first.word) && !joints.has(first.word) ? 0.05 : undefined;
    case "path":
      return pathCost(tokens, from);
    default:
      return textCost(tokens, from, to);
  }
}

function pathCost(tokens: Token[], from: number): number | undefined {
  const token = tokens[from] as Token;
  if (token.kind === "path") return 0;
  if (token.kind === "quoted")
    return /\n|^\s|\s{2}/.test(token.value) ? undefined : /[./\\]/.test(token.value) ? 0.01 : 0.1;
  if (token.kind === "code") return 0.15;
  if (token.kind !== "word" || token.number !== undefined) return undefined;
  if (fillers.has(token.word) || joints.has(token.word) || kinds.has(token.word)) return undefined;
  const named = [tokens[from - 1], tokens[from + 1]].some(
    (next) =>
      next?.kind === "word" && /^(?:files?|folders?|director(?:y|ies)|dirs?|modules?|packages?)$/.test(next.word),
  );
  return named ? 0.05 : 0.25;
}

function textCost(tokens: Token[], from: number, to: number): number | undefined {
  const first = tokens[from] as Token;
  const last = tokens[to - 1] as Token;
  if (to - from === 1) {
    if (first.kind === "path") return 0.3;
    if (first.kind === "quoted" || first.kind === "code") return 0;
    if (first.kind === "number") return 0.08;
    return fillers.has(first.word) || joints.has(first.word) ? 0.35 : 0.03;
  }
  let cost = 0.02;
  for (let at = from; at < to; at++) {
    const token = tokens[at] as Token;
    if (token.kind === "path" && at > from) cost += 0.2;
    else if (token.kind === "word" && joints.has(token.word)) cost += 0.05;
    else cost += 0.015;
  }
  if (first.kind === "word" && joints.has(first.word)) cost += 0.2;
  if (last.kind === "word" && joints.has(last.word)) cost += 0.2;
  return cost;
}
