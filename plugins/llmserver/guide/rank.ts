import { type Alignment, align, likeness } from "./align.ts";
import { changes, ownWords, type Prompt, taskName } from "./catalogue.ts";
import type { Element, Template } from "./template.ts";
import type { Token } from "./tokenise.ts";
import { changing, negations } from "./words.ts";

/** A wording laid over the request. */
export type Candidate = { prompt: Prompt; alignment: Alignment; tokens: Token[]; score: number };

type Literal = Element & { is: "literal" };

/** From this score on a candidate is run. */
export const threshold = 0.58;

/** Ranks all wordings for a request, the best first. Those that a guard refuses are left out. */
export function rank(prompts: Prompt[], variants: Token[][]): Candidate[] {
  const candidates: Candidate[] = [];
  variants.forEach((tokens, variant) => {
    if (tokens.length === 0) return;
    const heads = headsOf(tokens);
    for (const prompt of prompts) {
      if (!mayFit(prompt.template, heads)) continue;
      const alignment = align(prompt.template, tokens, ownWords(prompt.task));
      if (alignment.literals.length === 0 && alignment.slots.size === 0) continue;
      const matched = alignment.literals.reduce((sum, literal) => sum + literal.weight * literal.quality, 0);
      const bonus = 0.02 * Math.min(matched, 5) + 0.03 * alignment.slots.size;
      const score =
        alignment.score + bonus + prompt.bias + numberOf(prompt.constants.bias) - Math.min(variant, 4) * 0.04;
      const candidate = { prompt, alignment, tokens, score };
      if (permitted(candidate)) candidates.push(candidate);
    }
  });
  return candidates.sort((a, b) => b.score - a.score);
}

/** Answers whether any piece of the request is like a literal; asked once for each literal's words, since many wordings share them. */
function headsOf(tokens: Token[]): (element: Literal) => boolean {
  const known = new Map<string, boolean>();
  return (element) => {
    const key = element.words.map(({ word }) => word).join("|");
    let answer = known.get(key);
    if (answer === undefined) {
      answer = tokens.some((token) => likeness(element, token) > 0);
      known.set(key, answer);
    }
    return answer;
  };
}

/** Whether a wording has a telling word in common with the request, and all that it requires; only then it is worth laying over it. */
function mayFit(template: Template, isLike: (element: Literal) => boolean): boolean {
  const literals = template.elements.filter((element): element is Literal => element.is === "literal");
  if (literals.some((element) => element.required && !isLike(element))) return false;
  const telling = literals.filter((element) => element.weight >= 1 && !element.optional);
  return telling.length === 0 || telling.some(isLike);
}

const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

/**
 * The guards: a request with a leftover verb that changes things runs nothing that reads, nothing that changes runs unless its own
 * verb was said (not guessed from a typo, where it deletes), and a leftover "not" or a question about how to do it stops both.
 */
function permitted({ prompt, alignment, tokens }: Candidate): boolean {
  const left = alignment.skipped.map((index) => tokens[index] as Token).filter((token) => token.kind === "word");
  if (left.some((token) => negations.has(token.word))) return false;
  if (/^(?:please )?(?:do not|never)\b/.test(tokens.map((token) => token.word).join(" "))) return false;
  if (
    /^how (?:(?:do|can|could|should|would) (?:i|you|one)|to)\b/.test(tokens.map((token) => token.word).join(" ")) &&
    alignment.literals.some((literal) => tokens[literal.token]?.word === "how")
  )
    return false;
  if (!changes(prompt.task)) return !left.some((token) => isChanging(token));
  if (
    /^(?:how (?:do|can|could|should|would|to)|should i|why|what (?:if|happens|would)|when|is it|are there)\b/.test(
      tokens.map((token) => token.word).join(" "),
    )
  )
    return false;
  const verb = alignment.literals.findLast((literal) => literal.weight >= 1);
  if (verb === undefined) return alignment.literals.some((literal) => literal.quality > 0.85);
  const destroys = prompt.template.elements.some(
    (element) =>
      element.is === "literal" &&
      element.words.some(({ word }) => /^(?:delete|remove|reset|clear|overwrite)$/.test(word)),
  );
  if (left.some((token) => isDestroying(token))) return false;
  return verb.quality >= (destroys ? 0.85 : 0.78);
}

function isChanging(token: Token): boolean {
  return changing.has(token.word) || changing.has(token.stem) || changing.has(`${token.stem}e`);
}

function isDestroying(token: Token): boolean {
  return /^(?:delet|remov|eras|drop|wip|destroy|purg|kill|reset|clear|truncat|uninstall|revert)/.test(token.word);
}

/** The best candidates of different tasks, for "did you mean". */
export function nearest(candidates: Candidate[], most: number): Candidate[] {
  const found: Candidate[] = [];
  for (const candidate of candidates) {
    if (found.length >= most) break;
    if (
      !found.some(
        (other) =>
          taskName(other.prompt.task) === taskName(candidate.prompt.task) ||
          other.prompt.example === candidate.prompt.example,
      )
    )
      found.push(candidate);
  }
  return found;
}
