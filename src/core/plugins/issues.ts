import type { SchemaError, SchemaIssue } from "../../protocol/schema.ts";

type Issue = SchemaIssue;

/**
 * The first thing that a schema found wrong, as a sentence without its full stop: the field's path in quotes and what is
 * wrong with it. `whole` names the value itself, for an issue that is not about one field.
 */
export function firstIssue(error: SchemaError, whole: string, prefix = ""): string {
  const issue = error.issues[0];
  if (!issue) return `${whole} is not valid`;
  return describe(deepest(issue), whole, prefix);
}

/** Where several forms were possible, the complaint of the form that was most nearly met. */
function deepest(issue: Issue, base: readonly PropertyKey[] = []): Issue & { path: PropertyKey[] } {
  const path = [...base, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const best = issue.errors
      .filter((branch) => branch.length > 0)
      .sort((a, b) => wrongKind(a) - wrongKind(b) || a.length - b.length)[0];
    if (best?.[0]) return deepest(allValues(best[0], issue.errors), path);
  }
  if ((issue.code === "invalid_key" || issue.code === "invalid_element") && issue.issues[0]) {
    return deepest(issue.issues[0], path);
  }
  return { ...issue, path };
}

/** Where a field may have one value in one form and another in another, all of them are told. */
function allValues(first: Issue, branches: readonly (readonly Issue[])[]): Issue {
  if (first.code !== "invalid_value") return first;
  const alike = branches.flat().flatMap((issue) => {
    const there = issue.code === "invalid_value" && issue.path.join("/") === first.path.join("/");
    return there ? issue.values : [];
  });
  return { ...first, values: [...new Set(alike)] };
}

/** A branch whose discriminating literal does not match is the wrong branch to complain about. */
function wrongKind(branch: readonly Issue[]): number {
  return branch.some((issue) => issue.code === "invalid_value") ? 1 : 0;
}

function describe(issue: Issue & { path: PropertyKey[] }, whole: string, prefix: string): string {
  if (issue.code === "unrecognized_keys") {
    const place = fieldName([...issue.path], prefix);
    const keys = issue.keys.map((key) => `"${key}"`).join(", ");
    return `${place ? `"${place}"` : whole} has the unknown field${issue.keys.length > 1 ? "s" : ""} ${keys}`;
  }
  const place = fieldName(issue.path, prefix);
  const name = place ? `"${place}"` : whole;
  if (issue.code === "invalid_type") {
    // zod leaves the input out of the issue; its message says "received undefined" for what is missing.
    if (/received undefined/.test(issue.message)) return `${name} is missing`;
    return `${name} must be ${article(issue.expected)}`;
  }
  if (issue.code === "invalid_value") {
    const values = issue.values.map((value) => JSON.stringify(value));
    return `${name} must be ${values.length > 1 ? `one of ${values.join(", ")}` : values[0]}`;
  }
  if (/^must /.test(issue.message)) return `${name} ${issue.message}`;
  return `${name}: ${issue.message}`;
}

function fieldName(path: readonly PropertyKey[], prefix: string): string {
  let name = prefix;
  for (const step of path) {
    if (typeof step === "number") name += `[${step}]`;
    else name += name === "" ? String(step) : `.${String(step)}`;
  }
  return name;
}

const kinds: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function article(expected: string): string {
  return kinds[expected] ?? `of the type ${expected}`;
}
