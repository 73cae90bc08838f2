import type { Span } from "../../core/trace/span.ts";

type Value = { stringValue: string } | { boolValue: boolean };
type Attribute = { key: string; value: Value };

/** The kinds of OTLP: 1 internal, 2 server, 3 client, 5 consumer. */
const kinds: Record<Span["kind"], number> = { turn: 1, model: 3, call: 3, service: 2, intercept: 3, deliver: 5 };

/** Spans as OTLP's JSON has them (`ExportTraceServiceRequest`): hexadecimal ids, nanoseconds as decimal text. */
export function otlpRequest(spans: readonly Span[], version: string) {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes({ "service.name": "parley", "service.version": version }) },
        scopeSpans: [{ scope: { name: "parley", version }, spans: spans.map(otlpSpan) }],
      },
    ],
  };
}

function otlpSpan(span: Span) {
  const { traceId, spanId, parentSpanId, tracestate, linked, kind, name, startedAt, endedAt, status, error } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...(tracestate === undefined ? {} : { traceState: tracestate }),
    name: kind === "turn" ? "turn" : `${kind} ${name}`,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(endedAt),
    attributes: attributes({
      "parley.kind": kind,
      "parley.caller": span.caller,
      "parley.to": span.to,
      "parley.conversation": span.conversation,
      "parley.call_id": span.callId,
      "parley.cancelled": status === "cancelled" ? true : undefined,
      "error.type": error,
    }),
    ...(linked === undefined ? {} : { links: [{ traceId, spanId: linked }] }),
    status: status === "error" ? { code: 2, message: error ?? "" } : { code: status === "ok" ? 1 : 0 },
  };
}

function attributes(values: Record<string, string | boolean | undefined>): Attribute[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [{ key, value: typeof value === "boolean" ? { boolValue: value } : { stringValue: value } }],
  );
}

/** Milliseconds with fractions as whole nanoseconds, to the microsecond. */
function nanoseconds(ms: number): string {
  return `${BigInt(Math.round(ms * 1_000)) * 1_000n}`;
}
