/** Values that do not fit a schema, made by walking the schema beside a sample that does. */
import fc from "fast-check";
import * as z from "zod";

/** A value with one thing wrong in it. */
export interface Malformed {
  readonly value: unknown;
  /** The path of what is wrong; empty for the value itself. */
  readonly path: readonly string[];
  /** What is wrong, for a person. */
  readonly fault: string;
}

/** The seed of every generated variant, so that a failure comes again. */
export const seed = 20_260;

interface Node {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Node[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Node;
}

/** A way in which the value at a path may be wrong. `absent` stands for a value that is not there. */
interface Fault {
  readonly path: readonly string[];
  readonly fault: string;
  readonly value: fc.Arbitrary<unknown>;
}

const absent = Symbol("absent");
const strange = { string: "x", number: 5, boolean: true, null: null, list: [], object: {}, fraction: 0.5 } as const;

/**
 * At least one variant for each place of the schema and each way in which it can be wrong there, then as many more at random
 * as make `count`. What fits the schema all the same (a union's other branch, say) is left out.
 */
export function malformed(schema: z.ZodType, sample: unknown, count: number): Malformed[] {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Node;
  const ways = faultsOf(root, sample, []);
  const isWrong = ({ value }: Malformed) => !schema.safeParse(value ?? {}).success;
  const made = (way: Fault) =>
    way.value.map((value): Malformed => ({ value: put(sample, way.path, value), path: way.path, fault: way.fault }));
  const each = ways.flatMap((way, index) => fc.sample(made(way), { seed: seed + index, numRuns: 1 })).filter(isWrong);
  if (ways.length === 0 || each.length === 0) return each;
  const more = fc.sample(fc.constantFrom(...ways).chain(made), { seed, numRuns: count });
  return [...each, ...more.filter(isWrong)].slice(0, Math.max(count, each.length));
}

/** A value inside 210 lists or objects: deeper than a message may be. */
export function tooDeep(inside: unknown = 1, list = true): unknown {
  let value = inside;
  for (let depth = 0; depth < 210; depth++) value = list ? [value] : { a: value };
  return value;
}

function faultsOf(node: Node, sample: unknown, path: readonly string[]): Fault[] {
  const at = (fault: string, value: fc.Arbitrary<unknown>): Fault => ({ path, fault, value });
  if (node.anyOf) {
    const own = Object.entries(strange).map(([name, value]) => at(`a ${name}`, fc.constant(value)));
    return [...own, ...node.anyOf.flatMap((branch) => (mayBe(branch, sample) ? within(branch, sample, path) : []))];
  }
  return [
    ...wrongTypes(node).map(([name, value]) => at(`a ${name}`, fc.constant(value))),
    ...within(node, sample, path),
  ];
}

/** What can be wrong about a value of the right type. */
function within(node: Node, sample: unknown, path: readonly string[]): Fault[] {
  const at = (fault: string, value: fc.Arbitrary<unknown>): Fault => ({ path, fault, value });
  const found: Fault[] = [];
  if (node.enum) found.push(at("none of the words", fc.string({ maxLength: 12 })));
  if (node.const !== undefined) found.push(at("another word", fc.string({ maxLength: 12 })));
  if (node.type === "string") {
    if (node.minLength) found.push(at("too short", fc.constant("")));
    if (node.maxLength !== undefined) {
      const { maxLength } = node;
      found.push(
        at(
          "too long",
          fc.integer({ min: 1, max: 40 }).map((more) => "a".repeat(maxLength + more)),
        ),
      );
    }
    if (node.pattern !== undefined) {
      const { pattern } = node;
      found.push(
        at(
          "not of the pattern",
          fc.string({ maxLength: 20 }).filter((text) => !new RegExp(pattern).test(text)),
        ),
      );
      for (const text of ["a\n", "ａ", "../a", " a", "a\u0000"])
        if (!new RegExp(pattern).test(text)) found.push(at("nearly of the pattern", fc.constant(text)));
    }
  }
  if (node.type === "integer" || node.type === "number") {
    const { minimum, maximum } = node;
    if (minimum !== undefined && minimum > -1e15)
      found.push(
        at(
          "too small",
          fc.integer({ min: 1, max: 1e6 }).map((less) => minimum - less),
        ),
      );
    if (maximum !== undefined && maximum < 1e15)
      found.push(
        at(
          "too large",
          fc.integer({ min: 1, max: 1e6 }).map((more) => maximum + more),
        ),
      );
    if (node.type === "integer") found.push(at("beyond 2^53", fc.constantFrom(2 ** 53, -(2 ** 53), 1e300)));
  }
  if (node.type === "array") found.push(...inList(node, sample, path));
  if (node.type === "object") found.push(...inObject(node, sample, path));
  return found;
}

function inList(node: Node, sample: unknown, path: readonly string[]): Fault[] {
  const items = Array.isArray(sample) ? sample : [];
  const found: Fault[] = [];
  if (node.minItems) found.push({ path, fault: "too few", value: fc.constant([]) });
  if (node.maxItems !== undefined && node.maxItems <= 1_000)
    found.push({ path, fault: "too many", value: fc.constant(Array(node.maxItems + 1).fill(items[0] ?? {})) });
  if (node.items && items.length > 0)
    for (const at of new Set([0, items.length - 1]))
      found.push(...faultsOf(node.items, items[at], [...path, String(at)]));
  return found;
}

function inObject(node: Node, sample: unknown, path: readonly string[]): Fault[] {
  const own = (typeof sample === "object" && sample !== null ? sample : {}) as Record<string, unknown>;
  const found: Fault[] = [];
  for (const name of node.required ?? [])
    if (Object.hasOwn(own, name)) found.push({ path: [...path, name], fault: "missing", value: fc.constant(absent) });
  for (const [name, inner] of Object.entries(node.properties ?? {}))
    found.push(...faultsOf(inner, own[name], [...path, name]));
  const { additionalProperties: rest } = node;
  if (rest === false) found.push({ path: [...path, "surplus"], fault: "not a field", value: fc.constant(1) });
  if (typeof rest === "object") found.push(...faultsOf(rest, undefined, [...path, "any"]));
  return found;
}

function wrongTypes({ type }: Node): [string, unknown][] {
  const fits: Record<string, readonly string[]> = {
    string: ["string"],
    integer: ["number"],
    number: ["number", "fraction"],
    boolean: ["boolean"],
    null: ["null"],
    array: ["list"],
    object: ["object"],
  };
  const allowed = [type ?? []].flat().flatMap((one) => fits[one] ?? []);
  return allowed.length === 0 ? [] : Object.entries(strange).filter(([name]) => !allowed.includes(name));
}

/** Whether a sample was probably meant for this branch of a union. */
function mayBe({ type, required = [] }: Node, sample: unknown): boolean {
  if (sample === undefined) return true;
  if (type === "object")
    return typeof sample === "object" && sample !== null && required.every((name) => Object.hasOwn(sample, name));
  return type === "integer" ? typeof sample === "number" : typeof sample === type;
}

/** A copy of the sample with the value at the path; what is not there on the way becomes an object. */
function put(sample: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(sample))
    return value === absent && rest.length === 0
      ? sample.filter((_, index) => String(index) !== name)
      : sample.map((item, index) => (String(index) === name ? put(item, rest, value) : item));
  const copy: Record<string, unknown> = { ...(typeof sample === "object" ? sample : {}) };
  if (value === absent && rest.length === 0) delete copy[name];
  else copy[name] = put(copy[name], rest, value);
  return copy;
}
