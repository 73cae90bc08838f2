/** The capabilities whose meaning is fixed: a table for the reference, and their JSON Schemas. */
import * as z from "zod";
import { wellKnownCapabilities } from "../../../src/protocol/plugin/capabilities.ts";
import type { Schema } from "./fields.ts";
import { jsonSchemaOf } from "./schemas.ts";

/** A row for each capability; what has a section of its own in the reference is linked, of the rest the fields are named. */
export function capabilityTable(): string {
  const rows = [...wellKnownCapabilities].map(([name, { action, input, partial, output }]) => {
    const cells = [input, partial, output].map((schema) => (schema ? cellOf(jsonSchemaOf(schema)) : ""));
    return `| ${[`\`${name}\``, action, ...cells].join(" | ")} |`;
  });
  return ["| capability | action | arguments | pieces | result |", "|---|---|---|---|---|", ...rows].join("\n");
}

/** `docs/schema/capabilities.json`: `<capability>.arguments`, `.piece` and `.result`. */
export function capabilitySchemas(): object {
  const $defs: Record<string, Schema> = {};
  for (const [name, { input, partial, output }] of wellKnownCapabilities) {
    $defs[`${name}.arguments`] = inFull(input);
    if (partial) $defs[`${name}.piece`] = inFull(partial);
    $defs[`${name}.result`] = inFull(output);
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "What Parley's well-known capabilities take and answer",
    $defs,
  };
}

/** By itself: shared types are written out. */
function inFull(schema: z.ZodType): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest as Schema;
}

/** A shape in a cell has at most about as many characters. */
const wide = 160;

function cellOf(schema: Schema): string {
  const shared = schema.$ref?.replace("#/$defs/", "");
  if (shared !== undefined) return `[\`${shared}\`](#${shared.toLowerCase()})`;
  const shape = [3, 2].map((depth) => shapeOf(schema, depth)).find(({ length }) => length <= wide);
  return `\`${shape ?? shapeOf(schema, 1)}\``;
}

/** The names of the fields, `?` behind those that may be missing, `[…]` around what comes in lists, `{…}` for what is deeper. */
function shapeOf(schema: Schema, depth: number): string {
  if (schema.items) return `[${shapeOf(schema.items, depth) || "…"}]`;
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return schema.type === "object" && !schema.additionalProperties ? "{}" : "";
  if (depth === 0) return "{…}";
  const named = fields.map(([name, field]) => {
    const shape = shapeOf(field, depth - 1);
    return `${name}${schema.required?.includes(name) ? "" : "?"}${shape ? `: ${shape}` : ""}`;
  });
  return `{${named.join(", ")}}`;
}
