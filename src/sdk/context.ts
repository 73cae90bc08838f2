import type { Meta } from "../protocol/plugin/common.ts";

/** The call (or intercept) inside which something is sent. */
export interface CallContext {
  readonly meta?: Meta | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `performance.now()` at the call's arrival; what is left of its deadline is counted from here. */
  readonly arrivedAt?: number;
}

export const noContext: CallContext = {};

/** The context of something that has just arrived. */
export function contextOf(meta: Meta, signal: AbortSignal): CallContext {
  return { meta, signal, arrivedAt: performance.now() };
}

/** What travels with a message sent inside the call: whose it is, where, and how much time is left. */
export function childMeta({ meta, arrivedAt = 0 }: CallContext): Meta | undefined {
  if (!meta) return undefined;
  const { callId, conversation, turn, traceparent, tracestate, deadlineMs, hops } = meta;
  const child: Meta = { callId, conversation, turn, traceparent, tracestate };
  if (hops !== undefined) child.hops = hops;
  if (deadlineMs !== undefined)
    child.deadlineMs = Math.max(0, Math.round(deadlineMs - (performance.now() - arrivedAt)));
  return child;
}
