/**
 * Where a text stops being JSON and what is wrong there, as in `line 3, column 14: a comma or } is missing`; undefined
 * when it is JSON. Engines say this in different words and not always with the place, so it is found here.
 */
export function jsonFault(text: string): string | undefined {
  const scanner = new Scanner(text);
  try {
    scanner.document();
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const before = text.slice(0, error.at).split("\n");
    return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}: ${error.message}`;
  }
}

class Fault extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const deepest = 200;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#fail("something follows the end of the JSON");
  }

  #value(depth: number): void {
    this.#space();
    const sign = this.#text[this.#at];
    if (sign === undefined) this.#fail("the text ends too early");
    if (depth > deepest) this.#fail("it is nested too deeply");
    if (sign === "{") this.#list("}", () => this.#member(depth));
    else if (sign === "[") this.#list("]", () => this.#value(depth + 1));
    else if (sign === '"') this.#string();
    else if (!this.#match(/(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y)) {
      this.#fail(`${this.#shown()} is no JSON value`);
    }
  }

  #member(depth: number): void {
    this.#space();
    if (this.#text[this.#at] !== '"') this.#fail(`a name in double quotes is missing before ${this.#shown()}`);
    this.#string();
    this.#space();
    if (this.#text[this.#at] !== ":") this.#fail(`a colon is missing before ${this.#shown()}`);
    this.#at++;
    this.#value(depth + 1);
  }

  #list(end: "}" | "]", item: () => void): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === end) {
      this.#at++;
      return;
    }
    for (;;) {
      item();
      this.#space();
      const sign = this.#text[this.#at];
      if (sign === undefined) this.#fail("the text ends too early");
      if (sign !== "," && sign !== end) this.#fail(`a comma or ${end} is missing before ${this.#shown()}`);
      this.#at++;
      if (sign === end) return;
      this.#space();
      if (this.#text[this.#at] === end) this.#fail(`a comma before ${end} is one too many`);
    }
  }

  #string(): void {
    const begun = this.#at;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside a text.
    if (this.#match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y)) return;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the longest part that is right.
    this.#match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y);
    if (this.#text[this.#at] === "\\") this.#fail("this escape is not one of JSON's");
    this.#at = this.#at >= this.#text.length || this.#text[this.#at] === "\n" ? begun : this.#at;
    this.#fail("a text has no closing quote, or holds a control character");
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #match(expression: RegExp): boolean {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text);
    if (!found) return false;
    this.#at += found[0].length;
    return true;
  }

  #shown(): string {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    if (rest === "") return "the end of the text";
    return JSON.stringify(/^[\w.+-]+/.exec(rest)?.[0] ?? rest[0]);
  }

  #fail(message: string): never {
    throw new Fault(this.#at, message);
  }
}
