import type { PluginView } from "../core/plugins/run.ts";

/**
 * What is said instead of doing something with the row of a package that is not used because another has its name: what is done must
 * not befall the other. Undefined for every other row, and for what is no row.
 */
export function shadowedText(row: unknown): string | undefined {
  const { eligibility } = (typeof row === "object" && row !== null ? row : {}) as Partial<PluginView>;
  if (eligibility?.ok !== false || eligibility.reason !== "shadowed") return undefined;
  return `${eligibility.text} It has no process, no log and no rights.`;
}
