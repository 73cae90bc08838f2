import type { SpanRef } from "../journal/records.ts";

/** What a span stands for. */
export type SpanKind = "turn" | "model" | "call" | "service" | "intercept" | "deliver";

/** One hop that has ended. Times are milliseconds since the epoch, to the microsecond where the machine tells. */
export interface Span extends SpanRef {
  readonly parentSpanId?: string;
  readonly kind: SpanKind;
  /** What was done, without what it was done with: `calculator/add`, `state/set`, `tool before`. */
  readonly name: string;
  /** Who did it, as rules name them. */
  readonly caller: string;
  /** The plugin that it was done to; only that one may say that something of its own happened inside. */
  readonly to?: string;
  readonly conversation?: string;
  readonly callId?: string;
  /** The W3C state that came with the trace. */
  readonly tracestate?: string;
  /** A span of the plugin's own, inside which it says that this happened. */
  readonly linked?: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: "ok" | "error" | "cancelled";
  /** The kind of failure, never its text. */
  readonly error?: string;
}
