import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Brain } from "./brain.ts";
import { guideStep } from "./guide/guide.ts";
import { parseRecipe } from "./guide/recipes.ts";
import type { Recipe } from "./guide/types.ts";

/** Reads the recipes of a folder. One that cannot be read is left out and told through `onBad`; the rest work on. */
export async function readRecipes(folder: string, onBad: (reason: string) => void): Promise<Recipe[]> {
  const recipes: Recipe[] = [];
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((item) => item.endsWith(".md") && item !== "README.md").sort()) {
    try {
      recipes.push(parseRecipe(await readFile(join(folder, name), "utf8"), name));
    } catch (error) {
      onBad(error instanceof Error ? error.message : String(error));
    }
  }
  return recipes;
}

/** The offline guide as something that answers conversations. */
export function guideBrain(recipes: Recipe[], reason: string): Brain {
  return {
    model: "offline-guide",
    kind: "rules",
    reason,
    async answer({ messages, tools = [] }, onText, signal) {
      const { text, toolCalls, finish } = guideStep(messages, tools, recipes);
      for (const piece of pieces(text)) {
        signal.throwIfAborted();
        onText(piece);
      }
      return { text, toolCalls, finish, model: "offline-guide", kind: "rules" };
    },
  };
}

/** A text in pieces of whole lines, so that long reports come in parts without being slowed down. */
function pieces(text: string): string[] {
  const found: string[] = [];
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const last = found.at(-1);
    if (last !== undefined && last.length < 400) found[found.length - 1] = last + line;
    else found.push(line);
  }
  return found;
}
