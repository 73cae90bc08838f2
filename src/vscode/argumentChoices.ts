/** As much of a property's JSON Schema as is needed to ask a person for its value. */
export interface ArgumentSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface Choice {
  readonly label: string;
  readonly description?: string;
  readonly value?: unknown;
  /** Set on the choice to give no value at all. */
  readonly leftOut?: true;
}

/** The values among which a person chooses, instead of typing; undefined where there are too many to tell. */
export function choicesOf(schema: ArgumentSchema, required: boolean): Choice[] | undefined {
  const yesOrNo: Choice[] = [
    { label: "Yes", description: "true", value: true },
    { label: "No", description: "false", value: false },
  ];
  const choices = schema.enum ? schema.enum.map(choiceOf) : schema.type === "boolean" ? yesOrNo : undefined;
  if (!choices || required) return choices;
  return [{ label: "Leave it out", description: "optional", leftOut: true }, ...choices];
}

/** The value itself, and not its text. */
function choiceOf(value: unknown): Choice {
  return { label: typeof value === "string" ? value : JSON.stringify(value), value };
}

/** What stands in the box before the person types. */
export function textOf({ default: value }: ArgumentSchema): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was typed, as the schema has it: text stays text, and what is JSON of another type is taken as that. */
export function valueFrom(text: string, { type }: ArgumentSchema): unknown {
  if (type === "string" || type === undefined) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What to type instead, where what was typed can be no value of the schema. The plugin's whole schema is held against it later. */
export function problemWith(text: string, schema: ArgumentSchema, required: boolean): string | undefined {
  if (text === "" && !required) return undefined;
  const value = valueFrom(text, schema);
  switch (schema.type) {
    case "number":
    case "integer":
      return numberProblem(value, schema);
    case "array":
      return Array.isArray(value) ? undefined : 'Type a list as JSON, such as ["one", "two"].';
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value)
        ? undefined
        : 'Type an object as JSON, such as {"name": "Ada"}.';
    case "string":
      return lengthProblem(text, schema);
    default:
      return undefined;
  }
}

function numberProblem(value: unknown, { type, minimum, maximum }: ArgumentSchema): string | undefined {
  const low = minimum ?? Number.NEGATIVE_INFINITY;
  const high = maximum ?? Number.POSITIVE_INFINITY;
  const fits = type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (fits && Number(value) >= low && Number(value) <= high) return undefined;
  const from = minimum === undefined ? "" : maximum === undefined ? ` of at least ${low}` : ` from ${low} to ${high}`;
  const most = minimum === undefined && maximum !== undefined ? ` of at most ${high}` : "";
  return `Type a ${type === "integer" ? "whole number" : "number"}${from}${most}.`;
}

/** In code points, as JSON Schema counts. */
function lengthProblem(text: string, { minLength = 0, maxLength }: ArgumentSchema): string | undefined {
  const { length } = [...text];
  if (length < minLength) return minLength === 1 ? "Type something." : `Type at least ${minLength} characters.`;
  return maxLength !== undefined && length > maxLength ? `Type at most ${maxLength} characters.` : undefined;
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
