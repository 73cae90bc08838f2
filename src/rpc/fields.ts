/** A field that a message had and its schema does not know. */
export interface UnknownField {
  readonly method: string;
  readonly part: "params" | "result";
  /** `in`: the peer wrote it. `out`: we did. */
  readonly direction: "in" | "out";
  readonly field: string;
}

/** Tells of each unknown field once, however often it comes; in development mode it refuses them instead. */
export class FieldWatch {
  readonly #refuses: boolean;
  readonly #tell: (field: UnknownField) => void;
  readonly #told = new Set<string>();

  constructor(refuses: boolean, tell: (field: UnknownField) => void) {
    this.#refuses = refuses;
    this.#tell = tell;
  }

  /** Answers what is wrong, in development mode; else undefined. */
  see(
    method: string,
    part: UnknownField["part"],
    direction: UnknownField["direction"],
    unknown: readonly string[],
  ): string | undefined {
    if (unknown.length === 0) return undefined;
    for (const path of unknown) {
      // Places in a list are one field, or a list would be told of once per item.
      const field = path.replace(/\[\d+\]/g, "[]");
      const key = `${direction} ${part} ${method} ${field}`;
      if (this.#told.has(key) || this.#told.size >= 1_000) continue;
      this.#told.add(key);
      this.#tell({ method, part, direction, field });
    }
    return this.#refuses ? `unknown field ${unknown.join(", ")}` : undefined;
  }
}
