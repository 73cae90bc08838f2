/** Tables of fields, made of JSON Schema. */

export type Schema = {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
};

/** Answers what a field means; undefined where nobody has said so. */
export type Meaning = (field: string) => string | undefined;

export interface FieldTables {
  /** A Markdown table of the fields of an object, those of nested objects under their path. */
  table(schema: Schema, owner: string): string;
  /** A type in a few words. */
  typeOf(schema: Schema): string;
  /** Fields that nobody has given a meaning, as `owner.path`. */
  readonly unexplained: readonly string[];
}

/** `shared` are the types that have a section of their own; what only adds fields to one refers to it. */
export function fieldTables(meaning: Meaning, shared: Readonly<Record<string, Schema>>): FieldTables {
  const unexplained: string[] = [];

  function rows(schema: Schema, owner: string, prefix: string): string[] {
    return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
      if (name === "_meta") return [];
      const path = `${prefix}${name}`;
      const key = `${owner}.${path.replaceAll("[]", "")}`;
      const said = meaning(key);
      if (!said) unexplained.push(key);
      const wider = extended(innerObject(field), shared);
      const inner = wider ? undefined : innerObject(field);
      const required = schema.required?.includes(name) ? "yes" : "";
      const type = wider ? `${field.items ? "list of " : ""}${wider}` : typeOf(field);
      const cells = [`\`${path}\``, type, required, constraints(field), said ?? ""];
      const own = `| ${cells.map(escaped).join(" | ")} |`;
      return inner ? [own, ...rows(inner, owner, `${path}${field.items ? "[]" : ""}.`)] : [own];
    });
  }

  return {
    unexplained,
    typeOf,
    table(schema, owner) {
      const body = rows(schema, owner, "");
      if (body.length === 0) return "No fields of its own.";
      return ["| field | type | required | limits | meaning |", "|---|---|---|---|---|", ...body].join("\n");
    },
  };
}

/** The object whose fields stand in the same table: written in place, alone or in a list. */
function innerObject(schema: Schema): Schema | undefined {
  const candidate = schema.items ?? schema;
  return candidate.properties && !candidate.$ref ? candidate : undefined;
}

/** "offer with handle" for an object that has all fields of a shared type and some more. */
function extended(schema: Schema | undefined, shared: Readonly<Record<string, Schema>>): string | undefined {
  const fields = Object.keys(schema?.properties ?? {});
  for (const [name, type] of Object.entries(shared)) {
    const own = Object.keys(type.properties ?? {});
    if (own.length < 4 || fields.length <= own.length || !own.every((field) => fields.includes(field))) continue;
    const more = fields.filter((field) => !own.includes(field));
    return `${link(name)} with ${more.map((field) => `\`${field}\``).join(", ")}`;
  }
  return undefined;
}

function typeOf(schema: Schema): string {
  if (schema.$ref) return link(schema.$ref.replace("#/$defs/", ""));
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts) return [...new Set(parts.map(typeOf))].join(" or ");
  if (schema.allOf?.length === 1 && schema.allOf[0]) return typeOf(schema.allOf[0]);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" or ");
  if (schema.type === "array") return `list of ${schema.items ? typeOf(schema.items) : "anything"}`;
  if (schema.type === "object") {
    const values = schema.additionalProperties;
    const named = typeof values === "object" && Object.keys(values).length > 0;
    return named && !schema.properties ? `object of ${typeOf(values)}` : "object";
  }
  return Array.isArray(schema.type) ? schema.type.join(" or ") : (schema.type ?? "anything");
}

function constraints(schema: Schema): string {
  const found: string[] = [];
  const characters = between(schema.minLength, schema.maxLength);
  if (characters) found.push(`${characters} characters`);
  const least = schema.exclusiveMinimum === undefined ? schema.minimum : schema.exclusiveMinimum + 1;
  const numbers = between(safe(least), safe(schema.maximum));
  if (numbers) found.push(numbers);
  const items = between(schema.minItems, schema.maxItems);
  if (items) found.push(`${items} items`);
  if (schema.items) {
    const inner = constraints(schema.items);
    if (inner) found.push(`each ${inner}`);
  }
  if (schema.pattern && !schema.$ref) found.push(`\`${schema.pattern}\``);
  if (schema.default !== undefined) found.push(`default \`${JSON.stringify(schema.default)}\``);
  return found.join("; ");
}

function between(least?: number, most?: number): string {
  if (least !== undefined && most !== undefined) return `${count(least)} to ${count(most)}`;
  if (least !== undefined) return `at least ${count(least)}`;
  return most === undefined ? "" : `at most ${count(most)}`;
}

/** Bounds that only say "an integer that a double holds" are not worth a word. */
function safe(bound: number | undefined): number | undefined {
  return bound !== undefined && Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound;
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

export function link(type: string): string {
  return `[\`${type}\`](#${type.toLowerCase()})`;
}

/** A text as it may stand in a cell of a table. */
export function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
