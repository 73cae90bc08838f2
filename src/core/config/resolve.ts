import { asFailure } from "../../base/failure.ts";
import type { JsonSchema } from "../../protocol/plugin/common.ts";
import type { ConfigError } from "../../protocol/plugin/lifecycle.ts";
import type { ValidatorPort } from "../ports.ts";
import { type ConfigField, coerce, fieldsOf, withDefaults } from "./schema.ts";

type Values = Readonly<Record<string, unknown>>;

/** What a plugin's configuration came to. */
export interface ResolvedConfig {
  /** What the plugin is to run with: defaults filled in, each value checked. */
  readonly values: Record<string, unknown>;
  /** What was wrong, by setting; the value from before is in `values` in its place. A `field` of "" is the whole. */
  readonly errors: ConfigError[];
  /** Required settings without a usable value; the plugin cannot run without them. */
  readonly missing: string[];
}

export interface ConfigSources {
  readonly schema: JsonSchema | undefined;
  /** What the person wrote in the settings. */
  readonly written: Values;
  /** What is in the secret storage, as texts. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What was in force, where something was. */
  readonly before: Values | undefined;
  /** What the plugin itself refused: those values are not taken again, the errors are told again. */
  readonly refused?: ReadonlyMap<string, { readonly value: string; readonly message: string }>;
}

/**
 * What a plugin's settings come to: taken from the settings or the secret storage, coerced, checked one by one and as a
 * whole, with the schema's defaults where nothing is said. A wrong value changes nothing: the one from before stays. Never
 * throws; a schema that cannot be used is an error of the whole, and everything is taken as it is.
 */
export function resolveConfig(sources: ConfigSources, validator: ValidatorPort): ResolvedConfig {
  const { schema, written, secrets, before = {}, refused } = sources;
  if (!schema) return { values: { ...written }, errors: [], missing: [] };
  const errors: ConfigError[] = [];
  const values: Record<string, unknown> = {};
  const missing: string[] = [];
  const check = checker(schema, validator);
  const fields = fieldsOf(schema);
  const known = new Set(fields.map(({ name }) => name));
  let anything = Object.keys(written).length > 0;
  for (const { name, schema: own, required, secret } of fields) {
    const inSettings = Object.hasOwn(written, name) ? written[name] : undefined;
    if (secret && inSettings !== undefined) {
      errors.push({
        field: name,
        message: "is a secret, which is not read from the settings: remove it there, use Parley: Set Plugin Secret…",
      });
    }
    const kept = secret && Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    const given = coerce(own, secret ? kept : inSettings);
    anything ||= given !== undefined;
    const value = withDefaults(own, given);
    const no = refused?.get(name);
    const wrong =
      given === undefined
        ? undefined
        : no !== undefined && no.value === JSON.stringify(value)
          ? no.message
          : check({ [name]: value }, [name]);
    if (wrong) errors.push({ field: name, message: withoutValue(wrong, secret) });
    const settled = wrong ? (Object.hasOwn(before, name) ? before[name] : withDefaults(own, undefined)) : value;
    if (settled !== undefined) values[name] = settled;
    else if (required) missing.push(name);
  }
  for (const [name, value] of Object.entries(written)) {
    if (known.has(name)) continue;
    if (schema.additionalProperties === false) errors.push({ field: name, message: "is no setting of this plugin" });
    else values[name] = value;
  }
  // Defaults are the author's own (`flawsOfSchema`): nothing is compiled where the person said nothing.
  if (missing.length > 0 || !anything) return { values, errors, missing };
  const whole = check(values);
  if (!whole) return { values, errors, missing };
  return {
    values: sources.before ? { ...before } : values,
    errors: [...errors, { field: "", message: whole }],
    missing,
  };
}

/** Checks values against the whole schema, or some of them against their part of it. Answers what is wrong. */
function checker(
  schema: JsonSchema,
  validator: ValidatorPort,
): (values: Values, only?: string[]) => string | undefined {
  return (values, only) => {
    try {
      return validator.compile(only ? partOf(schema, only) : schema).validate(values);
    } catch (error) {
      return only ? undefined : unusable(error);
    }
  };
}

/** The part of a schema that is about these settings. */
function partOf(schema: JsonSchema, only: readonly string[]): JsonSchema {
  return {
    ...(schema.$schema === undefined ? {} : { $schema: schema.$schema }),
    ...(schema.$defs === undefined ? {} : { $defs: schema.$defs }),
    ...(schema.definitions === undefined ? {} : { definitions: schema.definitions }),
    type: "object",
    properties: Object.fromEntries(
      only.map((name) => [name, (schema.properties as Record<string, unknown> | undefined)?.[name] ?? {}]),
    ),
  };
}

function unusable(error: unknown): string {
  return `cannot be checked, because the plugin's schema is not usable: ${asFailure(error, "The schema").message}`;
}

/**
 * What is wrong with a schema itself, by setting: a part that cannot be used, a default that does not fit it. Everything is
 * taken as it is there, so whoever wrote the plugin has to hear of it. A `field` of "" is the whole. Never throws.
 */
export function flawsOfSchema(schema: JsonSchema | undefined, validator: ValidatorPort): ConfigError[] {
  if (!schema) return [];
  const fields = fieldsOf(schema);
  try {
    validator.compile(schema);
    // All of them at once: compiling field by field takes its time, and there is seldom something to tell apart.
    const defaults = Object.fromEntries(fields.map(({ name, schema: own }) => [name, withDefaults(own, undefined)]));
    const given = Object.keys(defaults).filter((name) => defaults[name] !== undefined);
    if (given.length === 0) return [];
    const { validate } = validator.compile(partOf(schema, given));
    if (validate(Object.fromEntries(given.map((name) => [name, defaults[name]]))) === undefined) return [];
    return fields.flatMap((field) => flawOf(schema, field, validator) ?? []);
  } catch (error) {
    const flaws = fields.flatMap((field) => flawOf(schema, field, validator) ?? []);
    if (flaws.length > 0) return flaws;
    const why = unusable(error).replace(/[.]$/, "");
    return [{ field: "", message: `${why}: correct the schema in the plugin's "config"` }];
  }
}

function flawOf(
  schema: JsonSchema,
  { name, schema: own, secret }: ConfigField,
  validator: ValidatorPort,
): ConfigError | undefined {
  const where = `"properties.${name}" of the schema in the plugin's "config"`;
  try {
    const { validate } = validator.compile(partOf(schema, [name]));
    const value = withDefaults(own, undefined);
    const wrong = value === undefined ? undefined : validate({ [name]: value });
    if (!wrong) return undefined;
    const why = withoutValue(wrong, secret);
    const message = `has a default that does not fit, and the plugin gets it as it is (${why}): correct the default in ${where}`;
    return { field: name, message };
  } catch (error) {
    const why = asFailure(error, "The schema").message.replace(/[.]$/, "");
    return { field: name, message: `is not checked (${why}): correct ${where}` };
  }
}

/** What a check says of a secret may quote its rule, and never the value; the name is said beside it. */
function withoutValue(message: string, secret: boolean): string {
  return secret ? "does not fit what the plugin asks of it" : message;
}
