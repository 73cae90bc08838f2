import type { Recipe, RecipeStep } from "./types.ts";

/**
 * Reads a recipe: a Markdown file with front matter (`name`, `title`, `example`, and where needed `bias`), a
 * section `## Prompts` whose list items are templates, and a section `## Steps` with a JSON list in a fenced block. All else is
 * for people. Throws an Error that names the file and what is wrong.
 */
export function parseRecipe(text: string, file: string): Recipe {
  const front = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(text);
  if (front === null) throw new Error(`${file}: it does not begin with front matter between --- lines.`);
  const fields = new Map<string, string>();
  for (const line of (front[1] as string).split(/\r?\n/)) {
    const field = /^([\w-]+):\s*(.*)$/.exec(line);
    if (field !== null) fields.set(field[1] as string, (field[2] as string).trim());
  }
  const need = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined || value === "") throw new Error(`${file}: the front matter has no ${name}.`);
    return value;
  };
  const body = text.slice(front[0].length);
  const prompts = [...section(body, "Prompts", file).matchAll(/^[-*]\s+(.+?)\s*$/gm)].map((item) => item[1] as string);
  if (prompts.length === 0) throw new Error(`${file}: it has no prompts.`);
  const block = /```json\r?\n([\s\S]*?)```/.exec(section(body, "Steps", file));
  if (block === null) throw new Error(`${file}: the section Steps has no fenced block of json.`);
  return {
    name: need("name"),
    title: need("title"),
    example: need("example"),
    bias: Number(fields.get("bias") ?? 0) || 0,
    prompts,
    steps: parseSteps(block[1] as string, file),
  };
}

function section(body: string, title: string, file: string): string {
  const found = new RegExp(`^## ${title}\\s*$([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, "m").exec(body);
  if (found === null) throw new Error(`${file}: it has no section "## ${title}".`);
  return found[1] as string;
}

function parseSteps(json: string, file: string): RecipeStep[] {
  let steps: unknown;
  try {
    steps = JSON.parse(json);
  } catch (error) {
    throw new Error(`${file}: the steps are not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(steps) || steps.length === 0) throw new Error(`${file}: the steps are not a list.`);
  for (const step of steps as RecipeStep[]) {
    const kinds = [step.call, step.stop, step.report].filter((kind) => kind !== undefined);
    if (kinds.length !== 1) throw new Error(`${file}: each step has one of call, stop and report.`);
  }
  return steps as RecipeStep[];
}
