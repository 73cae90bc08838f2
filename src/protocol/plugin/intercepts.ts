import * as z from "zod";
import { jsonObject, params } from "./common.ts";

/**
 * Points that the host passes, beside `offer:<plugin>/<name>` for a call of any offer and `<plugin>:<name>` for a point that a plugin
 * declares itself.
 */
export const hostPoints = [
  "turn",
  "step",
  "model",
  "tool",
  "call",
  "message",
  "edit",
  "compaction",
  "conversation",
  "gateway",
] as const;
export type HostPoint = (typeof hostPoints)[number];

/** Whether it could ever be passed: a point of the host's, that of an offer, one of a plugin's own, or a pattern of them. */
export function isPoint(text: string): boolean {
  return /[:*]/.test(text) || hostPoints.some((one) => one === text);
}

/** What to do about one that is none. */
export const pointAdvice = `The host's are ${hostPoints.join(", ")}; that of an offer is offer:<plugin>/<name>, a plugin's own <plugin>:<name>.`;

/** What a plugin wants to be asked at. `onFailure` says what happens when it does not answer in time. */
export const interceptSpec = z.object({
  point: z.string().min(1).max(160),
  phase: z.enum(["before", "after"]).default("before"),
  /** Lower runs earlier before, and later after. */
  order: z.number().int().min(-1000).max(1000).optional(),
  onFailure: z.enum(["allow", "block"]).optional(),
  /** Only for subjects whose tool or offer matches `plugin/name`, with `*`. */
  match: z.string().max(160).optional(),
});
export type InterceptSpec = z.infer<typeof interceptSpec>;

/** A point of a plugin's own: `notes:save` is the point `save` of `notes`. `subject` is the JSON Schema of what is passed there. */
export const pointSpec = z.object({
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/, "must be a name as an offer has it"),
  description: z.string().min(1).max(4_000),
  subject: jsonObject.optional(),
});
export type PointSpec = z.infer<typeof pointSpec>;

/** `intercept` (host → plugin). The subject is that of its point; `invocation` is the same before and after. */
export const interceptParams = params({
  point: z.string(),
  phase: z.enum(["before", "after"]),
  invocation: z.string(),
  subject: jsonObject,
  /** Which of the plugin's intercepts is asked; without it all that fit are, in order. */
  handle: z.string().max(128).optional(),
});
export type InterceptParams = z.infer<typeof interceptParams>;

/**
 * The answer. `updated` replaces fields of the subject and is validated and decided on again; `answer` ends the chain with a
 * result of its own; `ask` puts it before the person; `context` is added to what the model sees next.
 */
export const interceptResult = z.object({
  decision: z.enum(["allow", "ask", "deny", "answer"]),
  reason: z.string().max(2_000).optional(),
  updated: jsonObject.optional(),
  answer: z.unknown().optional(),
  context: z.string().max(16_384).optional(),
});
export type InterceptResult = z.infer<typeof interceptResult>;

/** After: `error` in the place of a result, where what was about to happen failed. */
const after = { result: z.unknown().optional(), error: z.string().optional() };

export const toolSubject = z.object({
  plugin: z.string(),
  name: z.string(),
  action: z.string(),
  /** Who calls: `agent`, `person`, `plugin:<name>`. */
  caller: z.string().optional(),
  args: jsonObject,
  ...after,
});
export const messageSubject = z.object({ role: z.string(), content: z.string(), origin: z.string().optional() });
export const turnSubject = z.object({
  message: z.string(),
  outcome: z.string().optional(),
  error: z.string().optional(),
});
/** What a model said and wants to call. */
const said = z.object({
  content: z.string(),
  toolCalls: z.array(z.object({ name: z.string(), arguments: z.string() })),
});
export const stepSubject = z.object({
  /** From 1 in each turn. */
  step: z.number().int().positive(),
  tools: z.array(z.string()),
  ...after,
  result: said.optional(),
});
export const modelSubject = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  tools: z.array(z.string()),
  ...after,
  result: said.optional(),
});
export const editSubject = z.object({
  plugin: z.string(),
  name: z.string(),
  action: z.string(),
  caller: z.string().optional(),
  args: jsonObject,
  /** What becomes of each file, as a unified diff. */
  files: z.array(z.object({ path: z.string(), diff: z.string() })),
  /** Why the diffs cannot be told; `files` is empty then. */
  flaw: z.string().optional(),
  ...after,
});
export const conversationSubject = z.object({
  change: z.enum(["created", "renamed", "deleted"]),
  conversation: z.string(),
  title: z.string(),
  error: z.string().optional(),
});
/** Tokens in use, and the share of the window at which it is done. */
export const compactionSubject = z.object({
  contextUsage: z.number(),
  threshold: z.number(),
  instructions: z.string().optional(),
  ...after,
});
export const gatewaySubject = z.object({
  method: z.string(),
  path: z.string(),
  /** The name of the key that the request came with, never the key. */
  key: z.string().optional(),
  body: z.unknown().optional(),
  ...after,
});

/** The schema of each point's subject. Every other point is a call and has that of `tool`. */
export const subjectSchemas = {
  turn: turnSubject,
  step: stepSubject,
  model: modelSubject,
  tool: toolSubject,
  call: toolSubject,
  message: messageSubject,
  edit: editSubject,
  compaction: compactionSubject,
  conversation: conversationSubject,
  gateway: gatewaySubject,
} as const satisfies Record<HostPoint, z.ZodType>;
