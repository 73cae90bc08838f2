import * as z from "zod";
import { jsonObject, params } from "./common.ts";

/** Points that the host passes; a plugin may declare more. */
export const hostPoints = ["turn", "tool", "message"] as const;

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

/**
 * `intercept` (host → plugin). `subject` for `tool`: `{plugin, name, action, args, result?}`; for `message`: `{role, content,
 * origin?}`; for `turn`: `{message, outcome?}`. `invocation` is the same id before and after.
 */
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

export const toolSubject = z.object({
  plugin: z.string(),
  name: z.string(),
  action: z.string(),
  args: jsonObject,
  result: z.unknown().optional(),
});
export const messageSubject = z.object({ role: z.string(), content: z.string(), origin: z.string().optional() });
export const turnSubject = z.object({ message: z.string(), outcome: z.string().optional() });
