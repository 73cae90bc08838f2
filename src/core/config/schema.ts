import { isJsonObject, parseJson } from "../../base/json.ts";
import type { JsonSchema } from "../../protocol/plugin/common.ts";

/** One setting of a plugin, as the JSON Schema of its configuration states it. */
export interface ConfigField {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  /** Its value, or a part of it, is a secret: it is kept in the secret storage and nowhere else. */
  readonly secret: boolean;
  /** A new value holds only from the plugin's next start. */
  readonly restart: boolean;
}

/** The settings that a schema names, in its order. */
export function fieldsOf(schema: JsonSchema | undefined): ConfigField[] {
  if (!schema || !isJsonObject(schema.properties)) return [];
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(schema.properties).map(([name, own]) => {
    const field = isJsonObject(own) ? own : {};
    return {
      name,
      schema: field,
      required: required.has(name),
      secret: isMarked(field, "x-secret"),
      restart: isMarked(field, "x-restart"),
    };
  });
}

/** Whether a schema is marked, itself or anywhere in what it is made of. */
function isMarked(schema: unknown, mark: "x-secret" | "x-restart"): boolean {
  if (Array.isArray(schema)) return schema.some((part) => isMarked(part, mark));
  if (!isJsonObject(schema)) return false;
  return schema[mark] === true || Object.values(schema).some((part) => isMarked(part, mark));
}

/**
 * The value as the schema's type wants it, where that is beyond doubt: a number or a truth written as a text, a text written
 * as a number, JSON written as a text; inside objects and lists too. Anything else is left as it is, for the check to refuse.
 */
export function coerce(schema: JsonSchema, value: unknown): unknown {
  const { type } = schema;
  if (typeof value === "string") {
    const text = value.trim();
    if ((type === "number" || type === "integer") && text !== "" && Number.isFinite(Number(text))) return Number(text);
    if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
    if ((type === "object" && text.startsWith("{")) || (type === "array" && text.startsWith("["))) {
      const parsed = parseJson(text);
      return parsed === undefined ? value : coerce(schema, parsed);
    }
    return value;
  }
  if (type === "string" && (typeof value === "number" || typeof value === "boolean")) return String(value);
  if (Array.isArray(value) && isJsonObject(schema.items)) {
    const items = schema.items;
    return value.map((item) => coerce(items, item));
  }
  if (isJsonObject(value) && isJsonObject(schema.properties)) {
    const properties = schema.properties;
    return Object.fromEntries(
      Object.entries(value).map(([name, own]) => [
        name,
        Object.hasOwn(properties, name) && isJsonObject(properties[name]) ? coerce(properties[name], own) : own,
      ]),
    );
  }
  return value;
}

/** The value with what the schema says to take where nothing is said, in objects inside too; undefined where it says nothing. */
export function withDefaults(schema: JsonSchema, value: unknown): unknown {
  const own = value === undefined ? structuredClone(schema.default) : value;
  if (!isJsonObject(own) || !isJsonObject(schema.properties)) return own;
  const filled: Record<string, unknown> = { ...own };
  for (const [name, part] of Object.entries(schema.properties)) {
    if (!isJsonObject(part)) continue;
    const inner = withDefaults(part, Object.hasOwn(own, name) ? own[name] : undefined);
    if (inner !== undefined) filled[name] = inner;
  }
  return filled;
}
