import type { Meta } from "../protocol/plugin/common.ts";

/** The call (or intercept) inside which something is sent. */
export interface CallContext {
  readonly meta?: Meta | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const noContext: CallContext = {};

/** The context of something that has just arrived. */
export function contextOf(meta: Meta, signal: AbortSignal): CallContext {
  return { meta, signal };
}

/**
 * What travels with a message sent inside the call: whose it is, and where. How much time is left the host knows by the
 * call: its clock stands still while a person is asked and begins anew with progress, which cannot be told from here.
 */
export function childMeta({ meta }: CallContext): Meta | undefined {
  if (!meta) return undefined;
  const { callId, conversation, turn, traceparent, tracestate, hops } = meta;
  const child: Meta = { callId, conversation, turn, traceparent, tracestate };
  if (hops !== undefined) child.hops = hops;
  return child;
}
