import { type ArgumentSchema, branchesOf } from "./argumentSchema.ts";

export interface Choice {
  readonly label: string;
  readonly description?: string;
  readonly value?: unknown;
  /** Set on the choice to give no value at all. */
  readonly leftOut?: true;
}

/** The values among which a person chooses, instead of typing; undefined where there are too many to tell. The default comes first. */
export function choicesOf(schema: ArgumentSchema, required: boolean): Choice[] | undefined {
  const choices = valuesOf(schema);
  if (!choices) return undefined;
  const usual = JSON.stringify(schema.default);
  const isUsual = ({ value }: Choice) => usual !== undefined && JSON.stringify(value) === usual;
  return [
    ...choices.filter(isUsual).map((choice) => ({ ...choice, description: "default" })),
    ...(required ? [] : [{ label: "Leave it out", description: "optional", leftOut: true } as const]),
    ...choices.filter((choice) => !isUsual(choice)),
  ];
}

function valuesOf(schema: ArgumentSchema): Choice[] | undefined {
  if (schema.enum) return schema.enum.map((value) => choiceOf(value));
  if ("const" in schema) return [choiceOf(schema.const, schema.title)];
  const branches = branchesOf(schema);
  if (branches) {
    const values = branches.map(valuesOf);
    return values.some((one) => one === undefined) ? undefined : values.flatMap((one) => one ?? []);
  }
  if (schema.type === "null") return [choiceOf(null)];
  if (schema.type !== "boolean") return undefined;
  return [
    { label: "Yes", description: "true", value: true },
    { label: "No", description: "false", value: false },
  ];
}

/** The value itself, and not its text. */
function choiceOf(value: unknown, title?: string): Choice {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return title === undefined || title === text ? { label: text, value } : { label: title, description: text, value };
}

/** What stands in the box before the person types. */
export function textOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was typed, as the schema has it: text stays text where it may, and what is JSON of another type is taken as that. */
export function valueFrom(text: string, schema: ArgumentSchema): unknown {
  const read = reading(text, schema);
  return "value" in read ? read.value : text;
}

/** What to type instead, where what was typed can be no value of the schema. The plugin's whole schema is held against it later. */
export function problemWith(text: string, schema: ArgumentSchema, required: boolean): string | undefined {
  if (text === "" && !required) return undefined;
  const read = reading(text, schema);
  return "value" in read ? undefined : `Type ${read.wanted}.`;
}

/** The value that a text stands for, or in words what was wanted. */
type Reading = { readonly value: unknown } | { readonly wanted: string };

function reading(text: string, schema: ArgumentSchema): Reading {
  const choice = valuesOf(schema)?.find(({ label, value }) => text === label || text === textOf(value));
  if (choice) return { value: choice.value };
  const branches = branchesOf(schema);
  if (branches) return readingOf(branches.map((branch) => reading(text, branch)));
  if (schema.enum) return { wanted: `one of ${schema.enum.map(textOf).join(", ")}` };
  if ("const" in schema) return { wanted: textOf(schema.const) };
  const wanted = wantedOf(parsed(text), text, schema);
  if (wanted !== undefined) return { wanted };
  return { value: schema.type === "string" || schema.type === undefined ? text : parsed(text) };
}

/** What is only a text gives way to what it may stand for. */
function readingOf(readings: readonly Reading[]): Reading {
  const values = readings.filter((one) => "value" in one);
  const first = values.find(({ value }) => typeof value !== "string") ?? values[0];
  return first ?? { wanted: readings.flatMap((one) => ("wanted" in one ? [one.wanted] : [])).join(", or ") };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What to type instead of something that is not of the schema's one type. */
function wantedOf(value: unknown, text: string, schema: ArgumentSchema): string | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  switch (schema.type) {
    case "number":
    case "integer":
      return numberWanted(value, schema);
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "array":
      return listWanted(value, schema);
    case "object":
      return isObject ? undefined : 'an object as JSON, such as {"name": "Ada"}';
    case "string":
      return lengthWanted(text, schema);
    default:
      return undefined;
  }
}

function numberWanted(value: unknown, schema: ArgumentSchema): string | undefined {
  const { type, minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf: step } = schema;
  const fits =
    typeof value === "number" &&
    (type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    !(minimum !== undefined && value < minimum) &&
    !(maximum !== undefined && value > maximum) &&
    !(above !== undefined && value <= above) &&
    !(below !== undefined && value >= below) &&
    !(step !== undefined && Math.abs(value / step - Math.round(value / step)) > 1e-9);
  if (fits) return undefined;
  const both = minimum !== undefined && maximum !== undefined;
  const limits = [
    both && `from ${minimum} to ${maximum}`,
    !both && minimum !== undefined && `of at least ${minimum}`,
    !both && maximum !== undefined && `of at most ${maximum}`,
    above !== undefined && `above ${above}`,
    below !== undefined && `below ${below}`,
    step !== undefined && step !== 1 && `that is a multiple of ${step}`,
  ].filter(Boolean);
  return [type === "integer" ? "a whole number" : "a number", limits.join(" and ")].filter(Boolean).join(" ");
}

function listWanted(value: unknown, { minItems = 0, maxItems }: ArgumentSchema): string | undefined {
  if (!Array.isArray(value)) return 'a list as JSON, such as ["one", "two"]';
  if (value.length < minItems) return `a list of at least ${minItems}`;
  return maxItems !== undefined && value.length > maxItems ? `a list of at most ${maxItems}` : undefined;
}

/** In code points, as JSON Schema counts. */
function lengthWanted(text: string, { minLength = 0, maxLength }: ArgumentSchema): string | undefined {
  const { length } = [...text];
  if (length < minLength) return minLength === 1 ? "something" : `at least ${minLength} characters`;
  return maxLength !== undefined && length > maxLength ? `at most ${maxLength} characters` : undefined;
}

/** A result in words that fit a notification, where it is a text or a flat object; undefined for all others. */
export function resultWords(result: unknown): string | undefined {
  if (result === undefined || result === null) return "done";
  if (typeof result !== "object") return String(result);
  if (Array.isArray(result)) return undefined;
  const entries = Object.entries(result);
  if (entries.some(([, value]) => typeof value === "object" && value !== null)) return undefined;
  const [only] = entries;
  if (entries.length === 1 && only) return String(only[1]);
  return entries.map(([name, value]) => `${name}: ${String(value)}`).join(" · ") || "done";
}
