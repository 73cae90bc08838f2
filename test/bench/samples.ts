/** Repeated measurements and what is said of them. */

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** How far the repetitions lie apart: the middle half's width over the median. */
export function spreadOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (part: number) => sorted[Math.round((sorted.length - 1) * part)] ?? Number.NaN;
  return (at(0.75) - at(0.25)) / medianOf(values);
}

/** A number as a table shows it. */
export function shown(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value >= 100_000) return `${Math.round(value / 1_000)} k`;
  if (value >= 10_000) return `${(value / 1_000).toFixed(1)} k`;
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** A table in Markdown, its columns in line. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  return [line(header), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}

/** A figure to reach and how it came out. */
export interface Goal {
  readonly goal: string;
  readonly met: boolean;
  readonly figures: string;
}

/** What a part of the bench found. `figures` goes to the JSON as it is. */
export interface Report {
  readonly name: string;
  readonly text: string;
  readonly goals: readonly Goal[];
  /** How fast Parley is against each of the others, by what was measured: more than 1 is faster. */
  readonly ratios?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly figures: unknown;
}
