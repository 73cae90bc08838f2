import * as z from "zod";
import { jsonObject, offerAction, offerName, params } from "./common.ts";

/** Where a call goes: to a plugin by name, or to whoever provides a capability. */
export const callTarget = z.union([
  z.strictObject({ plugin: z.string().min(1).max(64) }),
  z.strictObject({ provides: z.string().min(1).max(128) }),
]);
export type CallTarget = z.infer<typeof callTarget>;

/**
 * `call` (both directions). From a plugin: please call this offer. To a plugin: your offer is called; `_meta.caller` says
 * by whom (`agent`, `person`, `plugin:<name>`), stamped by the host. With `{provides}` the name is the capability's and may be
 * left out. A caller that states another `action` than the offer's own is refused. With `detach` the answer is `{callId}` at
 * once and the end is told by `call.ended`. A detached call has no limit of time, ends with its plugin or its window, and leaves a row
 * that stays: one whose window closed is `interrupted`. Nothing runs it again by itself; whoever made it may call anew.
 */
export const callParams = params({
  to: callTarget,
  name: z.union([offerName, z.literal("")]).default(""),
  action: offerAction.optional(),
  args: jsonObject.default({}),
  detach: z.boolean().optional(),
});
export type CallParams = z.infer<typeof callParams>;

/** The offer's own result, or `{callId}` of a detached call. */
export const callResult = z.unknown();

export const callStatus = z.enum(["queued", "asking", "running", "succeeded", "failed", "cancelled", "interrupted"]);
export type CallStatus = z.infer<typeof callStatus>;

/**
 * Why a call did not succeed, besides the words: what the error says of it that answers a call which is not detached.
 * `details` are left out where they are larger than 16 KiB.
 */
export const callFailure = z.object({
  code: z.number().int(),
  kind: z.string(),
  todo: z.string().optional(),
  details: jsonObject.optional(),
});
export type CallFailure = z.infer<typeof callFailure>;

/** The journal's row of a call. Times in milliseconds since the epoch. */
export const callRow = z.object({
  callId: z.string(),
  parent: z.string().optional(),
  caller: z.string(),
  target: z.string(),
  action: offerAction,
  status: callStatus,
  detached: z.boolean(),
  startedAt: z.number(),
  endedAt: z.number().optional(),
  rule: z.string().optional(),
  progress: z.object({ message: z.string().optional(), percentage: z.number().optional() }).optional(),
  result: z.unknown().optional(),
  error: z.string().optional(),
  failure: callFailure.optional(),
});
export type CallRow = z.infer<typeof callRow>;

/** `calls/get` and `calls/cancel` (plugin → host): only calls that the plugin made, or that were made to it. */
export const getCallParams = params({ callId: z.string().min(1).max(128) });
export const getCallResult = callRow;
export const cancelCallParams = getCallParams;
export const cancelCallResult = z.object({ state: z.enum(["cancelling", "ended"]) });

/** `$/cancelRequest` (both): the sender no longer wants the answer; the receiver still answers, with `cancelled`. */
export const cancelRequestParams = z.object({ id: z.union([z.string(), z.number()]) });

/** `$/progress` (both): about a request that carried `_meta.progressToken`; `partial` is a piece of a streaming result. */
export const progressParams = params({
  token: z.union([z.string().max(128), z.number().int()]),
  value: z.object({
    message: z.string().max(2_000).optional(),
    percentage: z.number().min(0).max(100).optional(),
    partial: z.unknown().optional(),
  }),
});
export type ProgressParams = z.infer<typeof progressParams>;

/**
 * `$/credit` (both, where both have the capability `streaming`): whoever made the request has consumed so many of its partials. At
 * most `limits.streamCount` partials, or `limits.streamBytes` bytes of `$/progress`, may be sent beyond what was consumed; a partial
 * may be sent while any of both is left. Partials keep their order, none is left out, and the answer comes after the last.
 */
export const creditParams = params({
  /** The request's `_meta.progressToken`. */
  token: z.union([z.string().max(128), z.number().int()]),
  /** All that were consumed since the request was made; it only grows. */
  consumed: z.number().int().nonnegative(),
});
export type CreditParams = z.infer<typeof creditParams>;
