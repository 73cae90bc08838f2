import type { ErrorObject, Options } from "ajv";
import { Failure } from "../base/failure.ts";
import type { ValidatorPort } from "../core/ports.ts";
import type { JsonSchema } from "../protocol/plugin/common.ts";
import { safePattern } from "./safePatterns.ts";

const largestSchema = 256 * 1024;
const deepestSchema = 64;

/**
 * Loads ajv, which nothing needs at activation, and answers a validator for JSON Schema 2020-12 and draft-07. Schemas come
 * from plugins and are not trusted: they are bounded, nothing is fetched for them, and their patterns are checked.
 */
export async function createValidator(): Promise<ValidatorPort> {
  const { Ajv, Ajv2020 } = await import("./ajv.ts");
  const regExp = Object.assign(safePattern, { code: "safePattern" });
  const options: Options = {
    strict: false,
    validateFormats: false,
    addUsedSchema: false,
    logger: false,
    code: { regExp },
  };
  const newer = new Ajv2020(options);
  const older = new Ajv(options);
  const dialectOf = (schema: JsonSchema) => (isOlder(schema) ? older : newer);
  return {
    /** @throws Failure `invalidParams` or `tooLarge` that says what is wrong with the schema */
    check(schema) {
      checkSize(schema);
      const ajv = dialectOf(schema);
      if (ajv.validateSchema(withoutIdentity(schema)) !== true) throw unusable(sentence(ajv.errors ?? []));
    },
    /** @throws Failure `invalidParams` or `tooLarge` that says what is wrong with the schema */
    compile(schema) {
      checkSize(schema);
      const ajv = dialectOf(schema);
      try {
        const validate = ajv.compile(withoutIdentity(schema));
        return {
          validate: (value) => (validate(value) ? undefined : sentence(validate.errors ?? [])),
        };
      } catch (error) {
        if (error instanceof Failure) throw error;
        throw unusable(plain(error), error);
      } finally {
        // Compiled schemas are kept by whoever asked for them, not in a cache that only grows.
        ajv.removeSchema();
      }
    },
  };
}

function unusable(why: string, cause?: unknown): Failure {
  return new Failure("invalidParams", `The JSON Schema cannot be used: ${why}.`, {
    todo: "Correct the schema; references may only point inside it.",
    cause,
  });
}

function checkSize(schema: JsonSchema): void {
  const text = JSON.stringify(schema);
  if (text.length > largestSchema) {
    throw new Failure("tooLarge", `The JSON Schema has more than ${largestSchema} characters.`, {
      details: { limit: largestSchema },
    });
  }
  if (depth(schema) > deepestSchema) {
    throw new Failure("tooLarge", `The JSON Schema is nested deeper than ${deepestSchema} levels.`, {
      details: { limit: deepestSchema },
    });
  }
}

function depth(value: unknown, above = 0): number {
  if (typeof value !== "object" || value === null || above > deepestSchema) return above;
  let most = above;
  for (const part of Object.values(value)) most = Math.max(most, depth(part, above + 1));
  return most;
}

/** Says so itself, or uses what only the older drafts have. */
function isOlder(schema: JsonSchema): boolean {
  if (typeof schema.$schema === "string") return /draft-0[4-7]/.test(schema.$schema);
  return /"(?:additionalItems|dependencies)":|"items":\[/.test(JSON.stringify(schema));
}

/** Two plugins may give their schemas the same `$id`; and the dialect was chosen here. */
function withoutIdentity({ $schema: _, $id: __, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** The first error that says something by itself, as one sentence without its full stop. */
function sentence(errors: readonly ErrorObject[]): string {
  const composite = errors.find((error) => ["anyOf", "oneOf", "if"].includes(error.keyword));
  const error = composite ?? errors[0];
  if (!error) return "the value does not fit";
  const name = fieldName(error.instancePath);
  const subject = name ? `"${name}"` : "the value";
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case "required":
      return `"${join(name, String(params.missingProperty))}" is missing`;
    case "additionalProperties":
    case "unevaluatedProperties":
      return `"${join(name, String(params.additionalProperty ?? params.unevaluatedProperty))}" is not a known field`;
    case "enum":
      return `${subject} must be one of ${list(params.allowedValues)}`;
    case "const":
      return `${subject} must be ${JSON.stringify(params.allowedValue)}`;
    case "type":
      return `${subject} must be of the type ${String(params.type).replaceAll(",", " or ")}`;
    case "pattern":
      return `${subject} must match the pattern ${String(params.pattern).slice(0, 100)}`;
    case "anyOf":
    case "oneOf":
    case "if":
      return `${subject} fits none of the forms that are allowed`;
    default:
      return `${subject} ${error.message ?? "does not fit"}`;
  }
}

function fieldName(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((name, step) => (/^\d+$/.test(step) ? `${name}[${step}]` : join(name, step)), "");
}

function join(name: string, field: string): string {
  return name === "" ? field : `${name}.${field}`;
}

function list(values: unknown): string {
  const shown = (Array.isArray(values) ? values : [values]).map((value) => JSON.stringify(value));
  return shown.length > 10 ? `${shown.slice(0, 10).join(", ")} …` : shown.join(", ");
}

function plain(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300).replace(/\.$/, "");
}
