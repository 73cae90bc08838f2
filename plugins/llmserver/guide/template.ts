import { stem } from "./stem.ts";
import { fillers, joints, kinds } from "./words.ts";

/** `file` and `folder` are paths that look like one; `exact` is a path that cannot be taken for a plain word. */
export type SlotType = "text" | "path" | "file" | "folder" | "exact" | "number" | "name" | "code";

/**
 * One element of a prompt template. A literal matches any of its words; an optional one may be missing, a required one not. A slot takes the part of
 * the request that its type fits.
 */
export type Element =
  | { is: "literal"; words: { word: string; stem: string }[]; weight: number; optional: boolean; required: boolean }
  | { is: "slot"; name: string; type: SlotType };

export type Template = { source: string; elements: Element[]; weight: number };

/**
 * Reads a template: words, `one|another` for a choice, `word?` where it may be missing, `word!` where it may not, `{name}` or `{name:type}` for a slot.
 * `typeOf` says the type of a slot that does not state its own. In a strict template a question word at the beginning and the word that
 * ends a text may not be missing either.
 */
export function parseTemplate(
  source: string,
  typeOf: (name: string) => SlotType = () => "text",
  strict = false,
): Template {
  const elements: Element[] = [];
  for (const part of source.match(/\{[^}]*\}|[^\s{]+/g) ?? []) {
    const slot = /^\{\s*([\w.-]+)\s*(?::\s*(text|path|file|folder|exact|number|name|code))?\s*\}$/.exec(part);
    if (slot !== null) {
      const name = slot[1] as string;
      elements.push({ is: "slot", name, type: (slot[2] as SlotType | undefined) ?? typeOf(name) });
      continue;
    }
    const optional = part.length > 1 && part.endsWith("?");
    const required = part.length > 1 && part.endsWith("!");
    const words = part
      .toLowerCase()
      .split("|")
      .map(plain)
      .filter((word) => word !== "");
    if (words.length === 0) continue;
    elements.push({
      is: "literal",
      words: words.map((word) => ({ word, stem: stem(word) })),
      weight: weightOf(words[0] as string),
      optional,
      required,
    });
  }
  if (strict) {
    elements.forEach((element, index) => {
      if (element.is !== "literal" || element.optional) return;
      const before = elements[index - 1];
      const asks = index === 0 && element.words.some(({ word }) => /^(?:who|what|which|where|how)$/.test(word));
      if (asks || (before?.is === "slot" && before.type === "text")) element.required = true;
    });
  }
  // Small words alone say too little for any of them to be missing.
  const telling = elements.some((element) => element.is === "literal" && element.weight >= 1);
  if (!telling)
    for (const element of elements) if (element.is === "literal" && !element.optional) element.required = true;
  // The word between two slots is what tells them apart.
  elements.forEach((element, index) => {
    const between = elements[index - 1]?.is === "slot" && elements[index + 1]?.is === "slot";
    if (between && element.is === "literal" && !element.optional) element.required = true;
  });
  const weight = elements.reduce(
    (sum, element) => (element.is === "literal" && !element.optional ? sum + element.weight : sum),
    0,
  );
  return { source, elements, weight };
}

/** A template's word without the punctuation around it; a lone sign such as `+` stays. */
function plain(word: string): string {
  return /\p{L}|\p{N}/u.test(word)
    ? word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "")
    : word.replace(/[.,;:!?]/g, "");
}

/** How much a word says about what is wanted. */
export function weightOf(word: string): number {
  if (fillers.has(word)) return 0.1;
  if (joints.has(word)) return 0.4;
  return kinds.has(word) ? 0.5 : 1;
}
