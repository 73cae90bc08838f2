/** A value in a program, as a tree. */
export type Expression =
  | { kind: "number"; value: number; line: number }
  | { kind: "name"; name: string; line: number }
  | { kind: "negate"; operand: Expression; line: number }
  | { kind: "binary"; operator: BinaryOperator; left: Expression; right: Expression; line: number }
  | { kind: "call"; name: string; args: Expression[]; line: number };

export type BinaryOperator = "+" | "-" | "*" | "/" | "%";

/** One line of a program: a value with or without a name to keep it under. */
export interface Statement {
  name?: string;
  value: Expression;
}
