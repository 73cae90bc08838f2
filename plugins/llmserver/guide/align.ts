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

/**
 * Lays a template over the pieces of a request in the best way, by dynamic programming over both. Words of `own` (the task's name)
 * may be left over.
 */
export function align(template: Template, tokens: Token[], own: ReadonlySet<string> = new Set()): Alignment {
  const { elements } = template;
  const scale = template.weight || 1;
  const width = elements.length + 1;
  // best[i * width + j]: the best way to have used i pieces and j elements.
  const best: (Cell | undefined)[] = new Array((tokens.length + 1) * width);
  // A template of slots alone ("{file}") fits by its slots.
  best[0] = { value: template.weight === 0 ? 0.9 : 0, step: undefined, started: false };
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
        offer(i + 1, j, cell.value - skipCost(token, own) * (cell.started ? 1 : 0.4), { do: "skip" }, cell.started);
      if (element === undefined) continue;
      if (element.is === "literal") {
        if (!element.required) offer(i, j + 1, cell.value, { do: "drop" }, cell.started);
        const quality = token === undefined ? 0 : likeness(element, token);
        if (quality > 0) {
          const gain = element.optional ? 0.03 * quality : (quality * element.weight) / scale;
          offer(i + 1, j + 1, cell.value + gain, { do: "match", quality, weight: element.weight }, true);
        }
        continue;
      }
      offer(i, j + 1, cell.value - 0.45, { do: "lack", name: element.name }, cell.started);
      const most = element.type === "text" ? longestSlot : isPathType(element.type) ? 2 : 1;
      for (let length = 1; length <= most && i + length <= tokens.length; length++) {
        const cost = slotCost(element.type, tokens, i, i + length);
        if (cost !== undefined)
          offer(i + length, j + 1, cell.value - cost, { do: "take", name: element.name, length }, true);
      }
    }
  }
  const ordered = trace(best, tokens.length, elements, width);
  if (elements.length < 2 || elements.some((element) => element.is === "slot")) return ordered;
  const loose = anyOrder(template, tokens, own);
  return loose.score > ordered.score ? loose : ordered;
}

/** Lays a template without slots over a request in any order ("be quiet, sentinel"), at some cost. */
function anyOrder(template: Template, tokens: Token[], own: ReadonlySet<string>): Alignment {
  const result: Alignment = { score: 0, slots: new Map(), literals: [], skipped: [], missing: [] };
  const taken = new Set<number>();
  for (const element of template.elements) {
    if (element.is !== "literal") continue;
    const choices = tokens.map((token, index) => ({ index, quality: taken.has(index) ? 0 : likeness(element, token) }));
    const { index, quality } = choices.reduce((top, choice) => (choice.quality > top.quality ? choice : top), {
      index: -1,
      quality: 0,
    });
    if (quality === 0) {
      if (element.required) return { ...result, score: Number.NEGATIVE_INFINITY };
      continue;
    }
    taken.add(index);
    result.literals.push({ token: index, quality, weight: element.weight });
    result.score += element.optional ? 0.03 * quality : (quality * element.weight * 0.9) / (template.weight || 1);
  }
  tokens.forEach((token, index) => {
    if (taken.has(index)) return;
    result.skipped.push(index);
    result.score -= skipCost(token, own);
  });
  return result;
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

function skipCost(token: Token, own: ReadonlySet<string>): number {
  if (own.has(token.word) || (token.kind === "code" && token.value.startsWith("-"))) return 0.05;
  if (token.kind === "sign") return 0.15;
  if (token.kind !== "word") return 0.8;
  if (fillers.has(token.word)) return 0.02;
  if (token.number !== undefined) return 0.6;
  if (joints.has(token.word) || /^(?:use|using|via|call)$/.test(token.word)) return 0.1;
  return kinds.has(token.word) ? 0.15 : 0.6;
}

/** How well a piece stands for a literal: 1 the word itself, less for a form of it, another of its meaning, or a typo. */
export function likeness(element: Element & { is: "literal" }, token: Token): number {
  if (token.kind !== "word" && token.kind !== "sign" && token.kind !== "number") return 0;
  let top = 0;
  element.words.forEach(({ word, stem }, index) => {
    const choice = index === 0 ? 1 : 0.99;
    if (token.word === word) top = Math.max(top, choice);
    else if (token.kind !== "word") top = Math.max(top, sameMeaning(word, token.word) ? 0.9 : 0);
    else if (token.stem === stem && stem.length >= 3 && (changing.has(word) || !changing.has(token.word)))
      top = Math.max(top, (kinds.has(word) ? 0.7 : 0.97) * choice);
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
      if (first.kind === "path") return 0.2;
      return first.kind === "code" ? 0 : first.kind === "quoted" ? 0.02 : undefined;
    case "name":
      if (first.kind === "code" || first.kind === "quoted") return 0;
      return first.kind === "word" && !fillers.has(first.word) && !joints.has(first.word) ? 0.05 : undefined;
    case "path":
    case "file":
    case "folder":
    case "exact":
      return pathCost(type, tokens, from, to);
    default:
      return textCost(tokens, from, to);
  }
}

const isPathType = (type: SlotType): boolean =>
  type === "path" || type === "file" || type === "folder" || type === "exact";

const namesFile = /^(?:files?|modules?|packages?|scripts?|documents?)$/;
const namesFolder = /^(?:folders?|director(?:y|ies)|dirs?|packages?)$/;

/** Two pieces are a path and the word for what it is, in either order: "src folder", "file notes". */
function pathCost(type: SlotType, tokens: Token[], from: number, to: number): number | undefined {
  const one = (at: number): number | undefined => onePathCost(type, tokens, at);
  if (to - from === 1) return one(from);
  const isKind = (token: Token | undefined): boolean =>
    token?.kind === "word" &&
    ((type !== "folder" && namesFile.test(token.word)) || (type !== "file" && namesFolder.test(token.word)));
  if (isKind(tokens[from + 1])) return one(from);
  return isKind(tokens[from]) ? one(from + 1) : undefined;
}

function onePathCost(type: SlotType, tokens: Token[], at: number): number | undefined {
  const token = tokens[at] as Token;
  if (token.kind === "path") {
    const dotted = /\.[\w-]+$|^(?:[A-Z][A-Za-z]+)$/.test(token.value.replace(/^.*[/\\]/, ""));
    return (type === "folder" && dotted) || (type === "file" && !dotted) ? 0.2 : 0;
  }
  if (token.kind === "quoted") {
    if (/\n|^\s|\s{2}/.test(token.value)) return undefined;
    return /[./\\]/.test(token.value) ? 0.01 : type === "exact" && /\s/.test(token.value) ? undefined : 0.1;
  }
  if (token.kind === "code") return /^[\w-]+\.\w{1,5}$/.test(token.value) ? 0.1 : type === "exact" ? undefined : 0.15;
  if (token.kind !== "word" || token.number !== undefined) return undefined;
  if (fillers.has(token.word) || joints.has(token.word) || namesFile.test(token.word) || namesFolder.test(token.word))
    return undefined;
  const before = tokens[at - 1]?.word ?? "";
  const after = tokens[at + 1]?.word ?? "";
  const named =
    [before, after].some((word) => namesFile.test(word) || namesFolder.test(word)) || /^(?:called|named)$/.test(before);
  if (named) return /^lines?$/.test(token.word) ? undefined : 0.05;
  if (kinds.has(token.word)) return undefined;
  if (type === "exact") return undefined;
  const cost = /^(?:in|inside|of|under|within|into|from|to|below)$/.test(before) ? 0.12 : 0.25;
  return type === "file" ? cost + 0.1 : cost;
}

function textCost(tokens: Token[], from: number, to: number): number | undefined {
  const first = tokens[from] as Token;
  const last = tokens[to - 1] as Token;
  if (to - from === 1) {
    if (first.kind === "path") return 0.3;
    if (first.kind === "quoted" || first.kind === "code") return 0;
    if (first.kind === "number") return 0.08;
    return fillers.has(first.word) || joints.has(first.word) ? 0.6 : 0.03;
  }
  let cost = 0.02;
  for (let at = from; at < to; at++) {
    const token = tokens[at] as Token;
    if (token.kind === "path" && at > from) cost += 0.2;
    else if (token.kind === "quoted") cost += 0.15;
    else if (token.kind === "word" && joints.has(token.word)) cost += 0.05;
    else cost += 0.015;
  }
  if (first.kind === "word" && joints.has(first.word)) cost += 0.2;
  if (last.kind === "word" && joints.has(last.word)) cost += 0.2;
  return cost;
}
