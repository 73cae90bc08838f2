import type { BinaryOperator, Expression, Statement } from "./syntax.ts";
import { TallyError, type Token, type TokenKind } from "./tokens.ts";

/** How tightly an operator binds; a larger number binds tighter. */
const precedence: Record<BinaryOperator, number> = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2 };

/** Turns tokens into statements by recursive descent, one statement for each line that holds more than a comment. */
export class Parser {
  private readonly tokens: Token[];
  private position = 0;

  constructor(tokens: Token[]) {
    this.tokens = withoutComments(tokens);
  }

  /** Reads the whole program. */
  parseProgram(): Statement[] {
    const statements: Statement[] = [];
    while (this.current.kind !== "end") {
      if (this.current.kind === "newline") {
        this.position += 1;
        continue;
      }
      statements.push(this.parseStatement());
      this.expectEndOfLine();
    }
    return statements;
  }

  private parseStatement(): Statement {
    const [name, equals] = this.tokens.slice(this.position);
    if (name?.kind === "name" && equals?.text === "=") {
      this.position += 2;
      return { name: name.text, value: this.parseExpression(0) };
    }
    return { value: this.parseExpression(0) };
  }

  /** Reads operators as long as they bind tighter than `minimum`. */
  private parseExpression(minimum: number): Expression {
    let left = this.parseOperand();
    for (;;) {
      const { text, line } = this.current;
      const binding = isBinaryOperator(text) ? precedence[text] : 0;
      if (!isBinaryOperator(text) || binding <= minimum) {
        return left;
      }
      this.position += 1;
      left = { kind: "binary", operator: text, left, right: this.parseExpression(binding), line };
    }
  }

  private parseOperand(): Expression {
    const token = this.take();
    if (token.kind === "number") {
      return { kind: "number", value: Number(token.text), line: token.line };
    }
    if (token.kind === "name") {
      return this.current.text === "(" ? this.parseCall(token) : { kind: "name", name: token.text, line: token.line };
    }
    if (token.text === "-") {
      return { kind: "negate", operand: this.parseOperand(), line: token.line };
    }
    if (token.text === "(") {
      const inner = this.parseExpression(0);
      this.expect("operator", ")");
      return inner;
    }
    throw new TallyError(`expected a value, found ${describe(token)}`, token.line);
  }

  private parseCall(name: Token): Expression {
    const args: Expression[] = [];
    this.expect("operator", "(");
    while (this.current.text !== ")") {
      args.push(this.parseExpression(0));
      if (this.current.text === ",") {
        this.position += 1;
      } else {
        break;
      }
    }
    this.expect("operator", ")");
    return { kind: "call", name: name.text, args, line: name.line };
  }

  private get current(): Token {
    const token = this.tokens[this.position];
    if (!token) {
      throw new Error("The tokens do not finish with an end token");
    }
    return token;
  }

  private take(): Token {
    const token = this.current;
    this.position += 1;
    return token;
  }

  private expect(kind: TokenKind, text: string): void {
    const token = this.take();
    if (token.kind !== kind || token.text !== text) {
      throw new TallyError(`expected "${text}", found ${describe(token)}`, token.line);
    }
  }

  private expectEndOfLine(): void {
    if (this.current.kind !== "newline" && this.current.kind !== "end") {
      throw new TallyError(`expected the end of the line, found ${describe(this.current)}`, this.current.line);
    }
  }
}

/** Comments end here: they may stand between any two tokens and mean nothing to the rest of the parser. */
function withoutComments(tokens: Token[]): Token[] {
  return tokens.filter((token) => token.kind !== "comment");
}

function isBinaryOperator(text: string): text is BinaryOperator {
  return text in precedence;
}

function describe(token: Token): string {
  if (token.kind === "end") {
    return "the end of the program";
  }
  return token.kind === "newline" ? "the end of the line" : `"${token.text}"`;
}
