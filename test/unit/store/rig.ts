/** A store in a folder of its own, and records to put into it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import type {
  ApprovalEntry,
  CallRecord,
  ConversationRecord,
  JournalRow,
  MessageEntry,
} from "../../../src/core/journal/records.ts";
import { SqliteStore } from "../../../src/node/store/sqliteStore.ts";

export const workerProgram = join(import.meta.dirname, "../../../src/node/storeWorker.ts");

export function makeFolder(): { folder: string; path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "parley-store-"));
  return {
    folder,
    path: join(folder, "store", "parley.db"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function makeStore(path: string): SqliteStore {
  return new SqliteStore({ path, workerProgram, logger: silentLogger });
}

export function conversation(id: string, more: Partial<ConversationRecord> = {}): ConversationRecord {
  const title = `About ${id}`;
  const usage = { input: 0, output: 0 };
  return { id, title, workspace: "", createdAt: 1, updatedAt: 1, messages: 0, usage, ...more };
}

export function message(id: string, conversationId: string, content: string, position = 1): MessageEntry {
  return { kind: "message", id, conversation: conversationId, position, timestamp: 1, role: "user", content };
}

export function approval(id: string, conversationId: string): ApprovalEntry {
  return {
    kind: "approval",
    id,
    conversation: conversationId,
    position: 1,
    timestamp: 1,
    callId: "k",
    caller: "agent",
    plugin: "hello",
    name: "hello",
    title: "Hello",
    action: "write",
    args: {},
  };
}

export function call(id: string, conversationId: string | undefined, position?: number): CallRecord {
  return {
    id,
    conversation: conversationId,
    position,
    caller: "agent",
    plugin: "hello",
    name: "hello",
    title: "Hello",
    action: "read",
    detached: false,
    args: { name: "you" },
    status: "running",
    startedAt: 5,
  };
}

export function row(seq: number, more: Partial<JournalRow> = {}): JournalRow {
  return { seq, timestamp: seq * 10, type: "tool.callStart", source: "host", data: { seq }, ...more };
}
