import { isJsonObject } from "../base/json.ts";

/** As much of a property's JSON Schema as is needed to ask a person for its value. */
export interface ArgumentSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly ArgumentSchema[];
  readonly oneOf?: readonly ArgumentSchema[];
}

export interface Argument {
  readonly name: string;
  readonly schema: ArgumentSchema;
  readonly required: boolean;
}

/** How far references are followed, which may lead back to themselves, and how many parts of one argument are looked at. */
const deepest = 8;
const mostParts = 1_000;

/** What an input schema wants to be asked, in its order; what is required and described nowhere comes last. */
export function argumentsOf(input: Record<string, unknown> = {}): Argument[] {
  const whole = followed(input, { root: input, left: mostParts }, 0);
  const properties = isJsonObject(whole.properties) ? whole.properties : {};
  const required = new Set(Array.isArray(whole.required) ? whole.required.map(String) : []);
  const names = [...Object.keys(properties), ...[...required].filter((name) => !Object.hasOwn(properties, name))];
  return names.map((name) => ({
    name,
    schema: followed(properties[name], { root: input, left: mostParts }, 0),
    required: required.has(name),
  }));
}

/** The ways in which a value can fit, where there are several; undefined for a schema of one kind. */
export function branchesOf(schema: ArgumentSchema): readonly ArgumentSchema[] | undefined {
  const { type } = schema;
  if (schema.enum !== undefined || "const" in schema) return undefined;
  if (typeof type === "object") return type.map((one) => ({ ...schema, type: one }));
  return schema.anyOf ?? schema.oneOf;
}

/** A whole schema, in which references are looked for, and how many parts may still be looked at. */
interface Following {
  readonly root: unknown;
  left: number;
}

/**
 * The schema with what its references stand for in their place, and with the parts of an `allOf` in one. What is too
 * deep or too much is anything.
 */
function followed(schema: unknown, following: Following, depth: number): ArgumentSchema & Record<string, unknown> {
  if (!isJsonObject(schema) || depth > deepest || following.left-- <= 0) return {};
  const { $ref, allOf, ...own } = schema;
  const below = (part: unknown) => followed(part, following, depth + 1);
  const parts = [
    $ref === undefined ? undefined : placeOf(following.root, String($ref)),
    ...(Array.isArray(allOf) ? allOf : []),
  ];
  const whole = Object.assign({}, ...parts.map(below), own) as Record<string, unknown>;
  for (const key of ["anyOf", "oneOf"]) {
    const branches = whole[key];
    if (Array.isArray(branches)) whole[key] = branches.map(below);
  }
  return whole;
}

/** What a pointer such as `#/$defs/Colour` names. */
function placeOf(root: unknown, pointer: string): unknown {
  const steps = pointer.split("/").slice(1);
  return steps.reduce<unknown>((at, step) => {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    return isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }, root);
}
