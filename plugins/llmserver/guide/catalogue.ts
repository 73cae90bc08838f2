import { examplePrompts } from "./examples.ts";
import { parseTemplate, type Template } from "./template.ts";
import type { Recipe, Tool } from "./types.ts";

/** Something that a request can ask for: a recipe whose tools are all there, or a tool by one of its examples. */
export type Task = { kind: "recipe"; recipe: Recipe; tools: Map<string, Tool> } | { kind: "tool"; tool: Tool };

/** One wording of a task. */
export type Prompt = {
  task: Task;
  template: Template;
  constants: Record<string, unknown>;
  example: string;
  bias: number;
};

/** Every wording of everything that can be done with these tools. */
export function catalogueOf(recipes: Recipe[], tools: Tool[]): Prompt[] {
  const prompts: Prompt[] = [];
  for (const recipe of recipes) {
    const found = toolsOf(recipe, tools);
    if (found === undefined) continue;
    const task: Task = { kind: "recipe", recipe, tools: found };
    for (const line of recipe.prompts) {
      const [source, settings] = line.split(/\s+=>\s+/) as [string, string | undefined];
      prompts.push({
        task,
        template: parseTemplate(source, undefined, true),
        constants: parseSettings(settings),
        example: recipe.example,
        bias: recipe.bias + 0.02,
      });
    }
  }
  for (const tool of tools) {
    const task: Task = { kind: "tool", tool };
    for (const { template, constants, example, bias } of examplePrompts(tool))
      prompts.push({ task, template, constants, example, bias });
  }
  return prompts;
}

/** The tools that a recipe's steps call, by the name in the step; undefined where one is not there. */
function toolsOf(recipe: Recipe, tools: Tool[]): Map<string, Tool> | undefined {
  const found = new Map<string, Tool>();
  for (const { call } of recipe.steps) {
    if (call === undefined || found.has(call)) continue;
    const tool = tools.find((item) => item.offer === call || item.offer?.split("/")[1] === call);
    if (tool === undefined) return undefined;
    found.set(call, tool);
  }
  return found;
}

/** Reads `only=first, bias=-0.2` behind a prompt: values that the wording stands for. */
function parseSettings(text: string | undefined): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const part of text?.split(",") ?? []) {
    const [name, value] = part.split("=").map((side) => side.trim());
    if (name && value !== undefined)
      settings[name] = /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value === "true" ? true : value;
  }
  return settings;
}

/** Whether a task may change something; a recipe may when one of its tools does. */
export function changes(task: Task): boolean {
  const tools = task.kind === "tool" ? [task.tool] : [...task.tools.values()];
  return tools.some((tool) => tool.action !== undefined && tool.action !== "read");
}

/** The words of a task's own name ("calculator", "conversation"), which a request may say besides a wording. */
export function ownWords(task: Task): Set<string> {
  const offers =
    task.kind === "tool" ? [task.tool.offer ?? ""] : [...task.tools.values()].map((tool) => tool.offer ?? "");
  return new Set(offers.flatMap((offer) => offer.toLowerCase().split(/[^a-z0-9]+/)).filter((word) => word.length > 3));
}

/** One name for a task, so that near examples show different ones. */
export function taskName(task: Task): string {
  return task.kind === "recipe" ? task.recipe.title : (task.tool.offer ?? task.tool.name);
}
