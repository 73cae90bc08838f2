/** The kinds of token that the tokenizer produces. */
export type TokenKind = "number" | "name" | "operator" | "comment" | "newline" | "end";

/** A piece of the program. `line` counts from 1. */
export interface Token {
  kind: TokenKind;
  text: string;
  line: number;
}

/** A program that cannot be read or calculated; the message says what is wrong and on which line. */
export class TallyError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(`line ${line}: ${message}`);
    this.name = "TallyError";
    this.line = line;
  }
}
