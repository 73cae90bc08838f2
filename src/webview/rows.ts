import type { ApprovalItem, Item, MessageItem, NoticeItem, ToolItem } from "../protocol/webview.ts";

/** A call with the calls it caused, and the question that was asked about it. */
export interface ToolNode {
  readonly item: ToolItem;
  readonly children: readonly ToolNode[];
  readonly approval?: ApprovalItem;
}

/** One row of the transcript; its key is the id of the item it begins with. */
export type Row =
  | { readonly kind: "message"; readonly key: string; readonly item: MessageItem; readonly author: boolean }
  | { readonly kind: "tool"; readonly key: string; readonly node: ToolNode }
  | { readonly kind: "approval"; readonly key: string; readonly item: ApprovalItem }
  | { readonly kind: "notice"; readonly key: string; readonly item: NoticeItem };

/**
 * Arranges the items: calls under the call that caused them; an open question in place of the row of its call; an
 * answered one inside that row; what waits in the person's queue not at all (see `queueOf`). `author` is false where
 * the model only goes on after its tools, so that its name is not repeated.
 */
export function rowsOf(items: readonly Item[]): Row[] {
  const children = new Map<string, ToolItem[]>();
  const tools = new Set<string>();
  const approvals = new Map<string, ApprovalItem>();
  for (const item of items) {
    if (item.kind === "tool") tools.add(item.id);
    if (item.kind === "approval") approvals.set(item.callId, item);
  }
  for (const item of items) {
    if (item.kind !== "tool" || item.parent === undefined || !isNested(item, tools)) continue;
    const siblings = children.get(item.parent);
    if (siblings) siblings.push(item);
    else children.set(item.parent, [item]);
  }
  const node = (item: ToolItem, above: readonly string[] = []): ToolNode => ({
    item,
    approval: approvals.get(item.id),
    children: (above.includes(item.id) ? [] : (children.get(item.id) ?? [])).map((child) =>
      node(child, [...above, item.id]),
    ),
  });

  const rows: Row[] = [];
  let speaker: string | undefined;
  for (const item of items) {
    switch (item.kind) {
      case "message": {
        if (isQueued(item)) break;
        const says = speakerOf(item);
        rows.push({ kind: "message", key: item.id, item, author: says === "user" || says !== speaker });
        speaker = says;
        break;
      }
      case "tool": {
        if (isNested(item, tools)) break;
        const asked = approvals.get(item.id);
        if (item.status === "asking" && asked && asked.choice === undefined && !children.has(item.id)) break;
        rows.push({ kind: "tool", key: item.id, node: node(item) });
        break;
      }
      case "approval":
        if (item.choice === undefined || !tools.has(item.callId)) rows.push({ kind: "approval", key: item.id, item });
        break;
      case "notice":
        rows.push({ kind: "notice", key: item.id, item });
        speaker = undefined;
        break;
    }
  }
  return rows;
}

/** What the person has queued and the agent has not begun. */
export function queueOf(items: readonly Item[]): MessageItem[] {
  return items.filter((item): item is MessageItem => item.kind === "message" && isQueued(item));
}

/** The questions that wait for an answer. */
export function openQuestions(items: readonly Item[]): ApprovalItem[] {
  return items.filter((item): item is ApprovalItem => item.kind === "approval" && item.choice === undefined);
}

/** A plugin's queued message is shown where it stands; only the person's own go to the queue above the composer. */
function isQueued(item: MessageItem): boolean {
  return item.queued === true && item.role === "user" && item.origin === undefined;
}

/** A call whose parent is not here (it is in the journal) stands for itself. */
function isNested(item: ToolItem, tools: ReadonlySet<string>): boolean {
  return item.parent !== undefined && item.parent !== item.id && tools.has(item.parent);
}

function speakerOf(item: MessageItem): string {
  if (item.origin) return `plugin ${item.origin.plugin}`;
  return item.role === "assistant" ? `assistant ${item.by ?? ""} ${item.model ?? ""}` : item.role;
}
