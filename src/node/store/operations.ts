import { contentOperations } from "./contents.ts";
import { conversationOperations } from "./conversations.ts";
import { journalOperations } from "./journal.ts";
import { retainedOperations } from "./retained.ts";
import { spanOperations } from "./spans.ts";
import { stateOperations } from "./state.ts";
import type { Statements } from "./statements.ts";

/** Everything that the worker can do with an open database, by name. All of it is synchronous. `folder` holds what is too large. */
export function operationsOf(sql: Statements, folder: string) {
  return {
    ...conversationOperations(sql),
    ...journalOperations(sql),
    ...stateOperations(sql),
    ...spanOperations(sql),
    ...retainedOperations(sql),
    ...contentOperations(sql, folder),
  };
}

export type Operations = ReturnType<typeof operationsOf>;
export type OperationName = keyof Operations;

const reads: readonly OperationName[] = [
  "listConversations",
  "loadConversation",
  "loadCall",
  "openCalls",
  "openCards",
  "openTurns",
  "readJournal",
  "pageJournal",
  "readSpans",
  "sharedRetained",
  "retainedLeases",
  "loadRules",
  "getState",
  "listState",
  "loadContent",
];

export function isWrite(name: string): boolean {
  return !reads.includes(name as OperationName);
}
