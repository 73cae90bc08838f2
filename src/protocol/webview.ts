import * as z from "zod";
import { messageIntent, tokenUsage } from "./plugin/conversation.ts";

/** Host ↔ webview. The host numbers what it sends (`seq`); a webview that is new or missed one asks for a snapshot with `ready`. */

export const approvalChoice = z.enum(["once", "conversation", "workspace", "always", "deny"]);
export type ApprovalChoice = z.infer<typeof approvalChoice>;
export const agentMode = z.enum(["ask", "agent"]);
export type AgentMode = z.infer<typeof agentMode>;

/** Where a plugin's message comes from, and the rule that allowed it. */
export const origin = z.object({ plugin: z.string(), intent: messageIntent, rule: z.string().optional() });

export const messageItem = z.object({
  kind: z.literal("message"),
  id: z.string(),
  role: z.enum(["user", "assistant", "system"]),
  content: z.string(),
  timestamp: z.number(),
  origin: origin.optional(),
  /** The plugins whose intercepts changed the person's words. */
  editedBy: z.string().optional(),
  /** `target` is what pressing it calls. */
  actions: z.array(z.object({ title: z.string(), target: z.string().optional() })).optional(),
  streaming: z.boolean().optional(),
  thinking: z.string().optional(),
  /** The model's label; `rules` for the offline guide, shown as *No model*. */
  model: z.string().optional(),
  by: z.enum(["model", "rules"]).optional(),
  /** The text stands, to the model, for so many earlier messages and results of tools. */
  summary: z.object({ messages: z.number(), results: z.number() }).optional(),
  /** Waiting for the step boundary, or in the person's queue. */
  queued: z.boolean().optional(),
});
export type MessageItem = z.infer<typeof messageItem>;

/** A call that belongs to the conversation: an agent's tool, and below it (`parent`) the calls between plugins that it caused. */
export const toolItem = z.object({
  kind: z.literal("tool"),
  id: z.string(),
  parent: z.string().optional(),
  caller: z.string(),
  plugin: z.string(),
  name: z.string(),
  title: z.string(),
  action: z.string(),
  status: z.enum(["asking", "running", "succeeded", "failed", "cancelled", "interrupted"]),
  /** Runs in the background: nobody waits for it, and the person may cancel it by itself. */
  detached: z.boolean().optional(),
  timestamp: z.number(),
  endedAt: z.number().optional(),
  progress: z.string().optional(),
  /** One line about the arguments, and one about the outcome. */
  summary: z.string().optional(),
  outcome: z.string().optional(),
  /** What may be done about a failure. */
  todo: z.string().optional(),
  /** Of a failure its kind, reason and code. */
  failure: z.string().optional(),
  /** Bounded text; `truncated` says that there is more in the journal. */
  input: z.string().optional(),
  output: z.string().optional(),
  truncated: z.boolean().optional(),
  /** Why it was allowed or refused. */
  rule: z.string().optional(),
});
export type ToolItem = z.infer<typeof toolItem>;

export const fileDiff = z.object({ path: z.string(), added: z.number(), removed: z.number(), diff: z.string() });
export type FileDiff = z.infer<typeof fileDiff>;

export const approvalItem = z.object({
  kind: z.literal("approval"),
  id: z.string(),
  callId: z.string(),
  caller: z.string(),
  plugin: z.string(),
  name: z.string(),
  title: z.string(),
  action: z.string(),
  folder: z.string().optional(),
  /** The exact arguments as JSON, editable until answered. */
  input: z.string(),
  reason: z.string().optional(),
  rule: z.string().optional(),
  diffs: z.array(fileDiff).optional(),
  /** It can be allowed once or denied; what asks, asks each time. */
  onlyOnce: z.boolean().optional(),
  /** The arguments cannot be edited. */
  fixed: z.boolean().optional(),
  timestamp: z.number(),
  choice: approvalChoice.optional(),
});
export type ApprovalItem = z.infer<typeof approvalItem>;

export const noticeItem = z.object({
  kind: z.literal("notice"),
  id: z.string(),
  level: z.enum(["info", "warning", "error"]),
  text: z.string(),
  todo: z.string().optional(),
  timestamp: z.number(),
  /** A button that does what `todo` says: a command of ours. */
  command: z.object({ title: z.string(), id: z.string() }).optional(),
});
export type NoticeItem = z.infer<typeof noticeItem>;

export const item = z.discriminatedUnion("kind", [messageItem, toolItem, approvalItem, noticeItem]);
export type Item = z.infer<typeof item>;

/** One line of the activity section. */
export const activityEntry = z.object({
  seq: z.number(),
  timestamp: z.number(),
  type: z.string(),
  source: z.string(),
  text: z.string(),
  level: z.enum(["info", "warning", "error"]).default("info"),
  callId: z.string().optional(),
  /** Why it was allowed or refused: the rules that decided, a line each. */
  why: z.string().optional(),
});
export type ActivityEntry = z.infer<typeof activityEntry>;

export const conversationSummary = z.object({
  id: z.string(),
  title: z.string(),
  updatedAt: z.number(),
  messages: z.number(),
  needsYou: z.boolean(),
  running: z.boolean(),
});
export type ConversationSummary = z.infer<typeof conversationSummary>;

export const viewState = z.object({
  agent: z.enum(["idle", "running", "waiting"]),
  model: z.object({ id: z.string(), label: z.string(), kind: z.enum(["model", "rules"]) }),
  mode: agentMode,
  usage: tokenUsage.optional(),
  /** Three examples on the open folder, for the welcome. */
  examples: z.array(z.string()),
  workspace: z.string().optional(),
});
export type ViewState = z.infer<typeof viewState>;

export const toWebview = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("snapshot"),
    seq: z.number(),
    conversation: z.object({ id: z.string(), title: z.string() }),
    items: z.array(item),
    activity: z.array(activityEntry),
    state: viewState,
  }),
  z.object({ type: z.literal("item"), seq: z.number(), conversation: z.string(), item }),
  z.object({
    type: z.literal("text"),
    seq: z.number(),
    conversation: z.string(),
    id: z.string(),
    text: z.string(),
    thinking: z.boolean().optional(),
  }),
  z.object({ type: z.literal("remove"), seq: z.number(), conversation: z.string(), id: z.string() }),
  z.object({ type: z.literal("activity"), seq: z.number(), entries: z.array(activityEntry) }),
  z.object({ type: z.literal("state"), seq: z.number(), state: viewState }),
  z.object({
    type: z.literal("history"),
    seq: z.number(),
    query: z.string(),
    conversations: z.array(conversationSummary),
  }),
  z.object({ type: z.literal("title"), seq: z.number(), conversation: z.string(), title: z.string() }),
  /** Puts text into the composer and the cursor behind it. */
  z.object({ type: z.literal("compose"), seq: z.number(), text: z.string() }),
  /** Opens the history list or the activity section (from a command). */
  z.object({ type: z.literal("show"), seq: z.number(), section: z.enum(["history", "activity", "composer"]) }),
]);
export type ToWebview = z.infer<typeof toWebview>;

export const fromWebview = z.discriminatedUnion("type", [
  /**
   * Sent when the page is there, and when it missed something. The host answers with a snapshot of the conversation that is visible,
   * whichever the page showed last (`conversation`).
   */
  z.object({ type: z.literal("ready"), conversation: z.string().optional() }),
  z.object({
    type: z.literal("send"),
    conversation: z.string(),
    text: z.string().min(1).max(200_000),
    how: z.enum(["send", "queue", "steer", "stopAndSend"]),
  }),
  z.object({ type: z.literal("stop"), conversation: z.string() }),
  z.object({ type: z.literal("newConversation") }),
  z.object({ type: z.literal("openConversation"), id: z.string() }),
  z.object({ type: z.literal("renameConversation"), id: z.string(), title: z.string().min(1).max(200) }),
  z.object({ type: z.literal("deleteConversation"), id: z.string() }),
  z.object({ type: z.literal("history"), query: z.string().max(500) }),
  z.object({
    type: z.literal("approve"),
    conversation: z.string(),
    id: z.string(),
    choice: approvalChoice,
    feedback: z.string().max(10_000).optional(),
    input: z.string().optional(),
  }),
  z.object({
    type: z.literal("messageAction"),
    conversation: z.string(),
    id: z.string(),
    index: z.number().int().min(0),
  }),
  z.object({ type: z.literal("openFile"), path: z.string(), line: z.number().int().optional() }),
  z.object({ type: z.literal("openDiff"), conversation: z.string(), id: z.string(), index: z.number().int().min(0) }),
  z.object({ type: z.literal("insert"), text: z.string() }),
  z.object({ type: z.literal("pickModel") }),
  z.object({ type: z.literal("setMode"), mode: agentMode }),
  z.object({ type: z.literal("command"), id: z.string() }),
  z.object({ type: z.literal("toolDetail"), conversation: z.string(), id: z.string() }),
  z.object({ type: z.literal("cancelCall"), conversation: z.string(), id: z.string() }),
  z.object({ type: z.literal("unqueue"), conversation: z.string(), id: z.string() }),
]);
export type FromWebview = z.infer<typeof fromWebview>;
