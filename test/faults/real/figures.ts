/** Rows of figures, printed as one table when all of them are there. */
export class Figures {
  readonly #columns: readonly string[];
  readonly #rows: string[][] = [];

  /** The first column names the row. */
  constructor(...columns: string[]) {
    this.#columns = columns;
  }

  add(...cells: (string | number)[]): void {
    this.#rows.push(cells.map(String));
  }

  /** The table, one line a row: the first column to the left, the others to the right. */
  lines(): string[] {
    const rows = [[...this.#columns], ...this.#rows];
    const widths = this.#columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
    return rows.map((row) =>
      row
        .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
        .join("  "),
    );
  }
}

export function mib(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(1);
}
