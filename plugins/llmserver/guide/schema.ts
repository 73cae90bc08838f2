import { sameMeaning } from "./words.ts";

type Schema = Record<string, unknown>;

/** What arguments for a tool became: ready to send, or what is missing or wrong with them. */
export type Checked = { args: Record<string, unknown>; missing: string[]; wrong: string[] };

/** The properties of an object schema. */
export function propertiesOf(schema: Schema): Record<string, Schema> {
  return typeof schema.properties === "object" && schema.properties !== null
    ? (schema.properties as Record<string, Schema>)
    : {};
}

/**
 * Fits arguments to a tool's input schema: "5" becomes 5 where a number is wanted, a word one of the enum's words, and what is out
 * of range or of another type is named. Covers the keywords that offers use; the host checks with a full validator afterwards.
 */
export function fitArguments(schema: Schema, given: Record<string, unknown>): Checked {
  const properties = propertiesOf(schema);
  const args: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    const property = properties[name];
    if (value === undefined) continue;
    if (property === undefined) {
      if (schema.additionalProperties !== false) args[name] = value;
      continue;
    }
    const fitted = fitValue(property, value);
    if ("wrong" in fitted) wrong.push(`${name} ${fitted.wrong}`);
    else args[name] = fitted.value;
  }
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const missing = required.filter(
    (name) => args[name] === undefined && !wrong.some((text) => text.startsWith(`${name} `)),
  );
  return { args, missing, wrong };
}

function fitValue(schema: Schema, value: unknown): { value: unknown } | { wrong: string } {
  const choices = Array.isArray(schema.enum) ? (schema.enum as unknown[]) : undefined;
  if (choices !== undefined) {
    const chosen = choices.find((choice) => choice === value) ?? choices.find((choice) => alike(choice, value));
    return chosen === undefined ? { wrong: `must be one of ${choices.join(", ")}` } : { value: chosen };
  }
  const type = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (type.includes("number") || type.includes("integer")) {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value.replaceAll(",", "")) : value;
    if (typeof number !== "number" || !Number.isFinite(number))
      return type.includes("string") ? { value } : { wrong: `must be a number, not ${JSON.stringify(value)}` };
    if (type.includes("integer") && !type.includes("number") && !Number.isInteger(number))
      return { wrong: `must be a whole number, not ${number}` };
    if (typeof schema.minimum === "number" && number < schema.minimum)
      return { wrong: `must be at least ${schema.minimum}` };
    if (typeof schema.maximum === "number" && number > schema.maximum)
      return { wrong: `must be at most ${schema.maximum}` };
    return { value: number };
  }
  if (type.includes("boolean") && typeof value === "string") {
    if (/^(?:true|yes|on)$/i.test(value)) return { value: true };
    return /^(?:false|no|off)$/i.test(value) ? { value: false } : { wrong: "must be yes or no" };
  }
  if (type.includes("string")) {
    const text = typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
    if (text === undefined) return { wrong: "must be text" };
    if (typeof schema.minLength === "number" && text.length < schema.minLength) return { wrong: "must not be empty" };
    if (typeof schema.maxLength === "number" && text.length > schema.maxLength)
      return { wrong: `must have at most ${schema.maxLength} characters` };
    return { value: text };
  }
  if (type.includes("array") && typeof value === "string")
    return { value: value.split(/\s*(?:,|\band\b)\s*/).filter((item) => item !== "") };
  return { value };
}

function alike(choice: unknown, value: unknown): boolean {
  if (typeof choice !== "string" || typeof value !== "string") return false;
  const [a, b] = [choice.toLowerCase(), value.toLowerCase()];
  return a === b || sameMeaning(a, b) || (a.length >= 4 && b.startsWith(a.slice(0, -1)));
}
