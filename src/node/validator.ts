import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { Failure } from "../base/failure.ts";
import type { ValidatorPort } from "../core/ports.ts";

/** The longest JSON Schema that is compiled, in characters of JSON. */
const schemaCharacters = 256 * 1024;

/** Compiles JSON Schemas with Ajv: draft 2020-12, tolerant of what authors write, no references to anything outside. */
export function createValidator(): ValidatorPort {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    validateFormats: false,
    addUsedSchema: false,
    logger: false,
    inlineRefs: false,
  });
  return {
    compile(schema) {
      if (JSON.stringify(schema).length > schemaCharacters) {
        throw new Failure("tooLarge", `The schema is longer than ${schemaCharacters} characters.`, {
          details: { limit: schemaCharacters },
        });
      }
      // Without `$schema` and `$id` a schema stands alone, so two plugins may use the same id.
      const { $schema: _dialect, $id: _id, ...own } = schema;
      const validate = ajv.compile(own);
      return { validate: (value) => (validate(value) ? undefined : sentence(validate.errors?.[0])) };
    },
  };
}

function sentence(error: ErrorObject | null | undefined): string {
  if (!error) return "the value does not fit.";
  const place = error.instancePath === "" ? "the value" : `"${error.instancePath.slice(1).replaceAll("/", ".")}"`;
  if (error.keyword === "additionalProperties")
    return `${place} has an unknown field "${error.params.additionalProperty}".`;
  if (error.keyword === "required") return `${place} lacks the field "${error.params.missingProperty}".`;
  if (error.keyword === "enum") return `${place} must be one of ${JSON.stringify(error.params.allowedValues)}.`;
  return `${place} ${error.message ?? "does not fit"}.`;
}
