import { propertiesOf } from "./schema.ts";
import { parseTemplate, type SlotType, type Template } from "./template.ts";
import type { Tool } from "./types.ts";
import { sameMeaning } from "./words.ts";

/** A prompt of a tool as a template, the arguments that it always has, and the example as a person would type it. */
export type ExamplePrompt = { template: Template; constants: Record<string, unknown>; example: string; bias: number };

/**
 * The templates of a tool's examples. A value of the arguments that stands in a prompt as it is becomes a slot; an argument of an
 * enum whose word stands in the prompt ("multiply {a} by {b}") gives one template for each word of the enum. A tool without
 * examples that needs no arguments can be asked for by its name.
 */
export function examplePrompts(tool: Tool): ExamplePrompt[] {
  const properties = propertiesOf(tool.input);
  const found = (tool.examples ?? []).flatMap(({ prompt, args }) => {
    const typeOf = (name: string): SlotType => slotType(name, properties[name], args[name]);
    const source = withSlots(prompt, args);
    const slots = [...source.matchAll(/\{\s*([\w.-]+)/g)].map((match) => match[1] as string);
    const constants = Object.fromEntries(Object.entries(args).filter(([name]) => !slots.includes(name)));
    const example = source.replace(/\{\s*([\w.-]+)[^}]*\}/g, (whole, name: string) => shown(args[name]) ?? whole);
    const own: ExamplePrompt = { template: parseTemplate(source, typeOf), constants, example, bias: 0 };
    return [own, ...enumVariants(source, constants, properties, typeOf, example)];
  });
  const required = Array.isArray(tool.input.required) ? tool.input.required.length : 0;
  if (found.length === 0 && required === 0 && tool.offer !== undefined) {
    const name = (tool.offer.split("/")[1] ?? tool.name).replace(/[._-]+/g, " ");
    found.push({ template: parseTemplate(name), constants: {}, example: name, bias: -0.05 });
  }
  return found;
}

/** The type of a slot: by its schema, its name, and for a path by whether the example is a file's. */
function slotType(name: string, schema: Record<string, unknown> | undefined, value: unknown): SlotType {
  const type = schema?.type;
  if (type === "number" || type === "integer") return "number";
  if (Array.isArray(schema?.enum)) return "name";
  if (!/(?:^|_)(?:path|file|folder|dir|directory|root)$|(?:Path|File|Folder|Dir)$/.test(name)) return "text";
  return typeof value === "string" ? (/\.\w+$/.test(value) ? "file" : "folder") : "path";
}

/** Replaces values of the arguments in a prompt by slots, so that an author may write a plain sentence. */
function withSlots(prompt: string, args: Record<string, unknown>): string {
  let source = prompt;
  for (const [name, value] of Object.entries(args)) {
    if (new RegExp(`\\{\\s*${name}\\b`).test(source) || (typeof value !== "string" && typeof value !== "number"))
      continue;
    const text = String(value).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    if (text === "" || (typeof value === "string" && value.includes("\n"))) continue;
    const quoted = new RegExp(`(["'\`]?)(?<![\\w{])${text}(?![\\w}])\\1`);
    // A constant of one plain word ("add") is part of the wording, not a value in it.
    if (typeof value === "string" && /^[a-z]+$/.test(value) && source.toLowerCase().startsWith(value)) continue;
    source = source.replace(quoted, `{${name}}`);
  }
  return source;
}

function enumVariants(
  source: string,
  constants: Record<string, unknown>,
  properties: Record<string, Record<string, unknown>>,
  typeOf: (name: string) => SlotType,
  example: string,
): ExamplePrompt[] {
  for (const [name, value] of Object.entries(constants)) {
    const choices = properties[name]?.enum;
    if (!Array.isArray(choices) || typeof value !== "string") continue;
    const word = source
      .split(/\s+/)
      .find(
        (part) => part.toLowerCase() === value.toLowerCase() || sameMeaning(part.toLowerCase(), value.toLowerCase()),
      );
    if (word === undefined) continue;
    return choices
      .filter((choice): choice is string => typeof choice === "string" && choice !== value)
      .map((choice) => ({
        template: parseTemplate(source.replace(word, choice), typeOf),
        constants: { ...constants, [name]: choice },
        example: example.replace(word, choice),
        bias: -0.01,
      }));
  }
  return [];
}

function shown(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  return /\s/.test(text) ? `"${text.split("\n")[0]}"` : text;
}
