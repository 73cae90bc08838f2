/** What expressions read: the request's slots by name, results of steps by their `as`, `item` of a list. */
export type Scope = Record<string, unknown>;

/** A function of expressions: gets the value before the bar. */
export type ScopeFunction = (value: unknown, scope: Scope) => unknown;

/**
 * Fills a step's arguments: a text that is one expression becomes its value, expressions inside a text become text, and a field
 * whose expression gives nothing is left out. An expression is `{name}`, `{name.field}`, `{name|function|function}`.
 */
export function fill(value: unknown, scope: Scope, functions: Record<string, ScopeFunction>): unknown {
  if (typeof value === "string") {
    const whole = /^\{([^{}]+)\}$/.exec(value);
    if (whole !== null) return evaluate(whole[1] as string, scope, functions);
    return value.replace(/\{([^{}]+)\}/g, (_, expression: string) =>
      String(evaluate(expression, scope, functions) ?? ""),
    );
  }
  if (Array.isArray(value))
    return value.map((item) => fill(item, scope, functions)).filter((item) => item !== undefined);
  if (typeof value === "object" && value !== null) {
    const filled: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      const result = fill(item, scope, functions);
      if (result !== undefined) filled[name] = result;
    }
    return filled;
  }
  return value;
}

/** The value of an expression, with or without its braces; undefined where a part of it is not there. Throws for an unknown function. */
export function evaluate(expression: string, scope: Scope, functions: Record<string, ScopeFunction>): unknown {
  const [path, ...names] = expression
    .replace(/^\{|\}$/g, "")
    .split("|")
    .map((part) => part.trim());
  let value: unknown = scope;
  for (const key of (path as string).split(".").filter((part) => part !== "")) {
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as Scope)[key] : undefined;
  }
  for (const name of names) {
    const apply = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (apply === undefined) throw new Error(`There is no function ${name} for recipes.`);
    value = apply(value, scope);
  }
  return value;
}
