import type { StorePort } from "../ports.ts";
import type { JournalFilter, JournalRow } from "./records.ts";
import { withoutSecrets } from "./secrets.ts";

export type ExportFormat = "jsonl" | "csv";

const pageRows = 1_000;
const columns = ["timestamp", "type", "source", "conversation", "callId", "rule", "rules", "data"] as const;

/**
 * The rows that fit, oldest first, in pieces of a thousand rows: a line of JSON each, or comma-separated values with a line of
 * names. Read page by page, so that neither the store nor whoever writes the file is held up. Secrets are taken out.
 */
export async function* exportJournal(
  store: Pick<StorePort, "pageJournal">,
  format: ExportFormat,
  filter: JournalFilter,
): AsyncGenerator<string> {
  if (format === "csv") yield `${columns.join(",")}\r\n`;
  for (let after: number | undefined; ; ) {
    const { rows, next } = await store.pageJournal(filter, { after, limit: pageRows });
    if (rows.length > 0) yield rows.map((row) => lineOf(format, row)).join("");
    if (next === undefined || rows.length < pageRows) return;
    after = next;
  }
}

function lineOf(format: ExportFormat, row: JournalRow): string {
  const safe = { ...row, time: new Date(row.timestamp).toISOString(), data: withoutSecrets(row.data) };
  if (format === "jsonl") return `${JSON.stringify(safe)}\n`;
  const { time, type, source, conversation = "", callId = "", rule = "", rules, data } = safe;
  const json = (value: unknown) => (value === undefined ? "" : JSON.stringify(value));
  return `${[time, type, source, conversation, callId, rule, json(rules), json(data)].map(cell).join(",")}\r\n`;
}

/** A value quoted as RFC 4180 says. One that a spreadsheet would take for a formula gets an apostrophe before it. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
