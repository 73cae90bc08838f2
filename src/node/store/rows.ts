import { isJsonObject } from "../../base/json.ts";
import type { RetainedRecord } from "../../core/events/retainedRows.ts";
import type { JournalRow, Lease } from "../../core/journal/records.ts";
import type { StoredRow } from "./journal.ts";
import type { StoredRetained } from "./retained.ts";

/** A journal row as it is stored: its data as text, and whom it is about. */
export function storedRow(row: JournalRow): StoredRow {
  return {
    seq: row.seq,
    timestamp: row.timestamp,
    type: row.type,
    source: row.source,
    plugin: pluginOf(row),
    conversation: row.conversation ?? null,
    callId: row.callId ?? null,
    rule: row.rule ?? null,
    rules: row.rules === undefined ? null : JSON.stringify(row.rules),
    data: JSON.stringify(row.data) ?? "null",
  };
}

/** A row of the table as the journal's reader knows it. */
export function readRow(row: Record<string, unknown>): JournalRow {
  return {
    seq: Number(row.seq),
    timestamp: Number(row.timestamp),
    type: String(row.type),
    source: String(row.source),
    ...(row.conversation === null ? {} : { conversation: String(row.conversation) }),
    ...(row.call_id === null ? {} : { callId: String(row.call_id) }),
    ...(row.rule === null ? {} : { rule: String(row.rule) }),
    ...(row.rules === null || row.rules === undefined ? {} : { rules: JSON.parse(String(row.rules)) }),
    data: JSON.parse(String(row.data)),
  };
}

/** An event that outlives the window, as it is stored. */
export function storedRetained({ lease, ...record }: RetainedRecord): StoredRetained {
  const { id, workspace, kept, latest, lost } = record;
  const conversation = (kept ?? latest?.retained)?.event.conversation ?? lost?.conversation ?? null;
  return { id, workspace, lease: lease ? leaseText(lease) : null, conversation, body: JSON.stringify(record) };
}

/** The same for the same lease. */
export function leaseText({ pid, started }: Lease): string {
  return JSON.stringify({ pid, started });
}

function pluginOf({ source, data }: JournalRow): string | null {
  if (source !== "host") return source;
  return isJsonObject(data) && typeof data.pluginId === "string" ? data.pluginId : null;
}
