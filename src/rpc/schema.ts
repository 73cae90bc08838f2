import { isJsonObject } from "../base/json.ts";
import { fitsOf } from "../protocol/fits.ts";
import type { Schema, SchemaIssue } from "../protocol/schema.ts";

/** What a schema says of a value: the parsed value with the fields that it knows nothing of, or what does not fit. */
export type Checked =
  | { readonly ok: true; readonly value: unknown; readonly unknown: readonly string[] }
  | { readonly ok: false; readonly flaws: string };

/** Nearly every message has nothing in it that its schema does not know. */
const nothing: string[] = [];
const mostFlaws = 3;
const mostUnknown = 8;

/** Checks a value. Fields that the schema does not know are left out of the value and named; they are no flaw. */
export function check(schema: Schema, value: unknown): Checked {
  if (fitsOf(schema)(value)) return { ok: true, value, unknown: nothing };
  const parsed = schema.safeParse(value);
  if (!parsed.success) return { ok: false, flaws: describe(parsed.error.issues) };
  const unknown: string[] = [];
  if (parsed.data !== value) findUnknown(value, parsed.data, "", unknown);
  return { ok: true, value: parsed.data, unknown };
}

/** For a person: each flaw with the path of its field. */
function describe(issues: readonly SchemaIssue[], path = ""): string {
  const lines = issues.slice(0, mostFlaws).map((issue) => {
    const at = [path, ...issue.path.map(String)].filter((part) => part !== "").join(".");
    if (issue.code === "invalid_union" && issue.errors.length > 0) return describe(nearest(issue.errors), at);
    // Only its message tells that there was nothing at all.
    const said = issue.message.endsWith("received undefined") ? "is missing" : issue.message;
    return at === "" ? said : `${at}: ${said}`;
  });
  if (issues.length > mostFlaws) lines.push(`and ${issues.length - mostFlaws} more`);
  return lines.join("; ");
}

/** Of a union's branches the one that was probably meant: where the fewest things are wrong, and those the deepest. */
function nearest(branches: readonly (readonly SchemaIssue[])[]): readonly SchemaIssue[] {
  const rank = (issues: readonly SchemaIssue[]) =>
    issues.length * 10 - Math.max(...issues.map((issue) => issue.path.length));
  return [...branches].sort((a, b) => rank(a) - rank(b))[0] ?? [];
}

/** Names what stands in `given` and was left out of `kept`. Values that no schema looked into are the same object in both. */
function findUnknown(given: unknown, kept: unknown, path: string, found: string[]): void {
  if (given === kept || found.length >= mostUnknown) return;
  if (Array.isArray(given)) {
    if (!Array.isArray(kept)) return;
    for (let index = 0; index < given.length; index++)
      findUnknown(given[index], kept[index], `${path}[${index}]`, found);
    return;
  }
  if (!isJsonObject(given) || !isJsonObject(kept)) return;
  for (const key in given) {
    const at = path === "" ? key : `${path}.${key}`;
    // `_meta` is open to whoever wants to pass something along.
    if (at === "_meta" || given[key] === undefined) continue;
    if (!Object.hasOwn(kept, key)) found.push(at);
    else findUnknown(given[key], kept[key], at, found);
  }
}
