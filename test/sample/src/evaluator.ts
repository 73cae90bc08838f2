import { functions } from "./functions.ts";
import { Parser } from "./parser.ts";
import type { Expression } from "./syntax.ts";
import { tokenize } from "./tokenizer.ts";
import { TallyError } from "./tokens.ts";

/** Runs a program; answers the values of its unnamed lines in order. */
export function runProgram(source: string): number[] {
  const names = new Map<string, number>();
  const printed: number[] = [];
  for (const statement of new Parser(tokenize(source)).parseProgram()) {
    const value = evaluate(statement.value, names);
    if (statement.name) {
      names.set(statement.name, value);
    } else {
      printed.push(value);
    }
  }
  return printed;
}

/** Calculates one value with the names that earlier lines have given. */
export function evaluate(expression: Expression, names: ReadonlyMap<string, number>): number {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "name": {
      const value = names.get(expression.name);
      if (value === undefined) {
        throw new TallyError(`nothing is called "${expression.name}"`, expression.line);
      }
      return value;
    }
    case "negate":
      return -evaluate(expression.operand, names);
    case "binary":
      return calculate(expression, evaluate(expression.left, names), evaluate(expression.right, names));
    case "call":
      return call(expression, names);
  }
}

function calculate(
  { operator, line }: Extract<Expression, { kind: "binary" }>,
  left: number,
  right: number,
): number {
  if ((operator === "/" || operator === "%") && right === 0) {
    throw new TallyError("division by zero", line);
  }
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
  }
}

function call({ name, args, line }: Extract<Expression, { kind: "call" }>, names: ReadonlyMap<string, number>): number {
  const known = functions[name];
  if (!known) {
    throw new TallyError(`there is no function "${name}"`, line);
  }
  const [least, most] = known.arity;
  if (args.length < least || args.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    throw new TallyError(`"${name}" takes ${wanted} values, not ${args.length}`, line);
  }
  return known.apply(...args.map((arg) => evaluate(arg, names)));
}
