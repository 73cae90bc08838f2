import type { EdgeView } from "./edges.ts";

/** The calls between everybody since the window opened, as a Markdown table that a person can read. */
export function metricsReport(edges: readonly EdgeView[], now: number): string {
  const head = [
    "# Calls between plugins, the agent and Parley",
    "",
    `As of ${new Date(now).toISOString()}, since this window opened. Times in milliseconds, at most 4.5 % off.`,
    "",
  ];
  if (edges.length === 0) return [...head, "Nothing has been called yet.", ""].join("\n");
  const rows = edges.map(({ caller, target, count, inFlight, errors, p50, p95, p99 }) => {
    const failed = Object.entries(errors).map(([kind, times]) => `${kind} ${times}`);
    const cells = [caller, target, count, inFlight, failed.join(", ") || "–", ...[p50, p95, p99].map(milliseconds)];
    return `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const names = "| from | to | calls | in flight | errors | p50 | p95 | p99 |";
  return [...head, names, "|---|---|--:|--:|---|--:|--:|--:|", ...rows, ""].join("\n");
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return "–";
  return value < 10 ? value.toFixed(3) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}
