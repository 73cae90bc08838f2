import type { Meta } from "../../protocol/plugin/common.ts";
import type { SpanRef } from "../journal/records.ts";

const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const nothing = /^0+$/;
/** One member of a tracestate: a key and a value as W3C Trace Context writes them. */
const member = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/;
const mostMembers = 32;

/** Reads a `traceparent` as W3C Trace Context writes it; undefined for whatever is none. */
export function parseTraceparent(text: string | undefined): SpanRef | undefined {
  const parts = text === undefined ? null : traceparent.exec(text);
  const [, version, traceId, spanId, , more] = parts ?? [];
  if (traceId === undefined || spanId === undefined || version === "ff") return undefined;
  if (version === "00" && more !== undefined) return undefined;
  return nothing.test(traceId) || nothing.test(spanId) ? undefined : { traceId, spanId };
}

/** Whether a text names this span just as `traceMeta` does; makes nothing of it, which most messages are spared by. */
export function isTraceparentOf(text: string, { traceId, spanId }: SpanRef): boolean {
  return (
    text.length === 55 &&
    text.startsWith("00-") &&
    text.startsWith(traceId, 3) &&
    text[35] === "-" &&
    text.startsWith(spanId, 36) &&
    text.endsWith("-01")
  );
}

/** Whether a text is a `tracestate` that may be passed on. */
export function isTracestate(text: string): boolean {
  const members = text.split(",").map((one) => one.trim());
  return members.length <= mostMembers && members.every((one) => member.test(one));
}

/** A span as others are told it, with the state that travels along. */
export type TracedSpan = SpanRef & { readonly tracestate?: string | undefined };

/** The span as a plugin is told it: what it sends on belongs below this. */
export function traceMeta(span: TracedSpan | undefined): Partial<Meta> {
  if (!span) return {};
  const { traceId, spanId, tracestate } = span;
  const own = `00-${traceId}-${spanId}-01`;
  return tracestate === undefined ? { traceparent: own } : { traceparent: own, tracestate };
}
