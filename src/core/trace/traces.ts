import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { FailureKind } from "../../base/failure.ts";
import type { Meta } from "../../protocol/plugin/common.ts";
import type { SpanRef } from "../journal/records.ts";
import { isTraceparentOf, isTracestate, parseTraceparent } from "./context.ts";
import type { Span } from "./span.ts";
import { SpanIds } from "./spanIds.ts";
import { SpanRing, statusOf } from "./spanRing.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A span that has begun; `endedAt` and `status` are set by `end`. */
export type OpenSpan = Writable<Omit<Span, "endedAt" | "status">> & Partial<Writable<Pick<Span, "endedAt" | "status">>>;

/** A span in the hands of whoever began it; `number` counts the spans of this window. */
export type BegunSpan = OpenSpan & { readonly number: number };

/** What a span is begun with. */
export type SpanStart = Pick<Span, "kind" | "name" | "caller" | "to" | "conversation" | "callId">;

/** Whom a span is begun below; nothing begins a trace. */
export interface Below {
  readonly span?: SpanRef & { readonly tracestate?: string };
  /** A span of the plugin's own in the same trace, and the state that it sent. */
  readonly linked?: string;
  readonly tracestate?: string;
}

/** A trace in a list: its first span that is known, and how much is below it. */
export interface TraceSummary {
  readonly traceId: string;
  readonly name: string;
  readonly caller: string;
  readonly conversation?: string;
  readonly startedAt: number;
  readonly ms: number;
  readonly spans: number;
  readonly errors: number;
}

/** Spans that are kept in memory, and events whose span is known. */
const keptSpans = 8_192;
const keptEvents = 4_096;
/** Ended spans are handed on together, after so many milliseconds; what is more than this number by then is not, or than is wanted. */
const handOnMs = 1_000;
export const mostHandedOn = 10_000;

export interface TracesParts {
  readonly clock: Clock;
  readonly ids?: SpanIds;
  /** Gets what has ended, now and then; `lost` says how many more there were. */
  readonly handOn?: (spans: readonly Span[], lost: number) => void;
  /** How many that end in one second are of use to it; those of a conversation and those that failed are counted by themselves. */
  readonly wanted?: () => number;
}

/**
 * The spans of this window. Begun and ended on the path of every message, so each costs an object that soon goes and no more: they are
 * kept in a ring of columns, and of what has ended as much as somebody wants is handed on later.
 *
 * A plugin's word about where it is in a trace counts only as far as the host knows it: below the call that it is in, or
 * below a span that was begun for that very plugin. Any other word begins a trace of its own.
 */
export class Traces implements Disposable {
  readonly #parts: TracesParts;
  readonly #ids: SpanIds;
  readonly #ring = new SpanRing(keptSpans);
  readonly #events: ({ readonly seq: number; readonly span: SpanRef } | undefined)[] = new Array(keptEvents);
  #number = 0;
  /** Of a conversation, or failed. */
  #ended: Span[] = [];
  #others: Span[] = [];
  #lost = 0;
  #timer: Disposable | undefined;

  constructor(parts: TracesParts) {
    this.#parts = parts;
    this.#ids = parts.ids ?? new SpanIds();
  }

  begin(start: SpanStart, below: Below = {}): BegunSpan {
    return this.#begin(start, below, this.#now());
  }

  /** Ends a span, once. */
  end(span: BegunSpan, failure?: FailureKind): void {
    if (span.endedAt !== undefined) return;
    const endedAt = this.#now();
    span.endedAt = endedAt;
    span.status = statusOf(failure);
    if (failure !== undefined) span.error = failure;
    this.#ring.end(span.number, endedAt, failure);
    if (this.#parts.handOn) this.#keep(span);
  }

  /** Puts in a span that was over before it was heard of, `ms` milliseconds long. */
  ended(start: SpanStart, below: Below, ms: number, failure?: FailureKind): void {
    const parent = below.span && this.#find(below.span);
    // Whoever measured may have rounded: nothing begins before what it is a part of.
    const startedAt = Math.max(this.#now() - ms, parent?.startedAt ?? 0);
    this.end(this.#begin(start, below, startedAt), failure);
  }

  /**
   * Where a plugin's message belongs, by its `_meta`: inside the call that it is in, else below the span that was begun for the
   * plugin and that it names, else nowhere.
   */
  belowOf(plugin: string, meta: Meta | undefined, inside: SpanRef | undefined): Below {
    const { traceparent, tracestate: said } = meta ?? {};
    // Nearly always a plugin sends back what it was told with the call that it is in.
    if (inside && traceparent !== undefined && said === undefined && isTraceparentOf(traceparent, inside))
      return { span: inside };
    const claimed = parseTraceparent(traceparent);
    const own = claimed && this.#find(claimed);
    const span = inside ?? (own?.to === plugin ? own : undefined);
    if (!span || claimed?.traceId !== span.traceId) return { span };
    const linked = this.#ids.numberOf(claimed.spanId) === undefined ? claimed.spanId : undefined;
    return { span, linked, tracestate: said !== undefined && isTracestate(said) ? said : undefined };
  }

  /** An event was published inside a span; its deliveries are below that. */
  published(seq: number, span: SpanRef): void {
    this.#events[seq % keptEvents] = { seq, span };
  }

  /** Where the delivery of these events belongs: where they all come from, if that is one place. */
  belowOfEvents(events: readonly { readonly seq: number }[]): Below {
    let found: SpanRef | undefined;
    for (const { seq } of events) {
      const known = this.#events[seq % keptEvents];
      const span = known?.seq === seq ? known.span : undefined;
      if (!span || (found && found.traceId !== span.traceId)) return {};
      found ??= span;
    }
    return { span: found };
  }

  /** The newest traces of this window, newest first. */
  list(limit = 100): TraceSummary[] {
    return summaries(this.#spans()).slice(0, limit);
  }

  /** The spans of a trace that are in memory, by their start; those that go on have no end. */
  get(traceId: string): OpenSpan[] {
    return this.#spans().filter((span) => span.traceId === traceId);
  }

  /** Hands on what has ended, now. */
  flush(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    const spans = this.#others.length === 0 ? this.#ended : [...this.#ended, ...this.#others];
    const lost = this.#lost;
    this.#ended = [];
    this.#others = [];
    this.#lost = 0;
    if (spans.length > 0) this.#parts.handOn?.(spans, lost);
  }

  dispose(): void {
    this.flush();
  }

  #begin({ kind, name, caller, to, conversation, callId }: SpanStart, below: Below, startedAt: number): BegunSpan {
    const number = ++this.#number;
    const { span: parent, linked, tracestate = parent?.tracestate } = below;
    const span: BegunSpan = {
      number,
      traceId: parent?.traceId ?? this.#ids.trace(),
      spanId: this.#ids.span(number),
      parentSpanId: parent?.spanId,
      kind,
      name,
      caller,
      to,
      conversation,
      callId,
      tracestate,
      linked,
      startedAt,
      endedAt: undefined,
      status: undefined,
      error: undefined,
    };
    this.#ring.begin(number, span, startedAt);
    return span;
  }

  /** Keeps a span that has ended until it is handed on, if it is one of those that will be. */
  #keep(begun: BegunSpan): void {
    const most = this.#parts.wanted?.() ?? mostHandedOn;
    const kept = begun.conversation !== undefined || begun.status === "error" ? this.#ended : this.#others;
    if (kept.length < most) {
      const { number: _own, ...span } = begun;
      kept.push(span as Span);
    } else this.#lost++;
    this.#timer ??= this.#parts.clock.after(handOnMs, () => this.flush());
  }

  #find({ traceId, spanId }: SpanRef): OpenSpan | undefined {
    const number = this.#ids.numberOf(spanId);
    const span = number === undefined ? undefined : this.#ring.get(number, this.#ids.span(number));
    return span?.spanId === spanId && span.traceId === traceId ? span : undefined;
  }

  #spans(): OpenSpan[] {
    return this.#ring.all((number) => this.#ids.span(number)).sort(byStart);
  }

  #now(): number {
    const { clock } = this.#parts;
    return clock.precise?.() ?? clock.now();
  }
}

/** By the start; what began at the same moment in the order of its number. */
export function byStart(one: Pick<Span, "startedAt" | "spanId">, other: Pick<Span, "startedAt" | "spanId">): number {
  return one.startedAt - other.startedAt || (one.spanId < other.spanId ? -1 : 1);
}

/** One line for each trace, newest first. `spans` are in the order of their start. */
export function summaries(spans: readonly (OpenSpan | Span)[]): TraceSummary[] {
  const found = new Map<string, Writable<TraceSummary>>();
  for (const { traceId, name, caller, conversation, startedAt, endedAt, status } of spans) {
    const known = found.get(traceId);
    const ms = (endedAt ?? startedAt) - (known?.startedAt ?? startedAt);
    const failed = status === "error" ? 1 : 0;
    if (known) {
      known.ms = Math.max(known.ms, ms);
      known.spans++;
      known.errors += failed;
    } else {
      found.set(traceId, {
        ...{ traceId, name, caller, startedAt, ms, spans: 1, errors: failed },
        ...(conversation === undefined ? {} : { conversation }),
      });
    }
  }
  return [...found.values()].reverse();
}
