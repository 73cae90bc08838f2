import * as z from "zod";
import { callTarget } from "./calls.ts";
import { jsonObject, params } from "./common.ts";

/** A button under a message; pressing it is a call of the person's to that offer. */
export const messageAction = z.object({
  title: z.string().min(1).max(80),
  call: z.object({ to: callTarget, name: z.string().max(64).default(""), args: jsonObject.default({}) }),
});
export type MessageAction = z.infer<typeof messageAction>;

/** `notify`: the person sees it. `context`: the model too, at its next step. `wake`: it also starts a turn. */
export const messageIntent = z.enum(["notify", "context", "wake"]);
export type MessageIntent = z.infer<typeof messageIntent>;

/**
 * `conversation/addMessage` (plugin → host). `content` is Markdown of at most 64 KiB. The role is for display; to the model all
 * plugin text is fenced and attributed. A second message with the same `dedupeKey` in a conversation replaces nothing and
 * answers the first one's id. `queued`: the agent works, the message joins at the next step boundary.
 */
export const addMessageParams = params({
  role: z.enum(["user", "assistant", "system"]).default("assistant"),
  content: z.string().min(1),
  intent: messageIntent.default("notify"),
  actions: z.array(messageAction).max(5).optional(),
  dedupeKey: z.string().min(1).max(256).optional(),
  conversation: z.string().max(128).optional(),
});
export const addMessageResult = z.object({ messageId: z.string(), state: z.enum(["added", "queued"]) });

/** Parts of the context; each needs the right to read it. */
export const contextPart = z.enum(["messages", "focus", "usage", "agent"]);

/** `conversation/context` (plugin → host): read-only, newest messages last; `before` pages backwards. */
export const contextParams = params({
  conversation: z.string().max(128).optional(),
  include: z.array(contextPart).optional(),
  limit: z.number().int().min(1).max(200).default(50),
  before: z.string().max(128).optional(),
});

export const contextMessage = z.object({
  id: z.string(),
  role: z.enum(["user", "assistant", "system", "tool"]),
  content: z.string(),
  origin: z.string().optional(),
  timestamp: z.number(),
});

/** What the editor is showing. Lines are 1-based. */
export const focus = z.object({
  activeEditor: z
    .object({
      uri: z.string(),
      path: z.string(),
      languageId: z.string(),
      selection: z.object({ startLine: z.number(), endLine: z.number(), text: z.string() }).optional(),
    })
    .optional(),
  visibleFiles: z.array(z.string()),
});
export type Focus = z.infer<typeof focus>;

export const tokenUsage = z.object({ input: z.number(), output: z.number() });
export type TokenUsage = z.infer<typeof tokenUsage>;

export const contextResult = z.object({
  conversation: z.string().optional(),
  messages: z.array(contextMessage).optional(),
  more: z.boolean().optional(),
  focus: focus.optional(),
  usage: tokenUsage.optional(),
  agent: z
    .object({
      state: z.enum(["idle", "running", "waiting"]),
      model: z.string().optional(),
      mode: z.string().optional(),
    })
    .optional(),
  /** Parts that were asked for and left out, with the rule that hides them. */
  redacted: z.array(z.object({ part: contextPart, rule: z.string() })).optional(),
});
export type ContextResult = z.infer<typeof contextResult>;
