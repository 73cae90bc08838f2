import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import { Emitter } from "../../base/emitter.ts";
import type { StorePort } from "../ports.ts";
import type { Span } from "./span.ts";
import { byStart, mostHandedOn, summaries, type TraceSummary, type Traces } from "./traces.ts";

/** Spans on disk at most, and as many of one second are written; those of a conversation and those that failed come first. */
const mostKept = 50_000;
const mostASecond = 500;
const dayMs = 86_400_000;

export interface KeptSpansParts {
  readonly store: Pick<StorePort, "saveSpans">;
  readonly clock: Clock;
  readonly keepDays: () => number;
  readonly failed: (error: unknown) => void;
}

/** Where spans go that have ended: to the store, bounded in number and age, and to whoever exports them. */
export class KeptSpans implements Disposable {
  readonly #parts: KeptSpansParts;
  readonly #ended = new Emitter<{ readonly spans: readonly Span[]; readonly lost: number }>();
  /** Spans that have ended since the last time; `lost` counts those for which there was no room. */
  readonly onDidEnd = this.#ended.event;

  constructor(parts: KeptSpansParts) {
    this.#parts = parts;
  }

  /** How many that end in one second are of use: all that may be where somebody exports them, else what is written. */
  get wanted(): number {
    if (this.#ended.isHeard) return mostHandedOn;
    return this.#parts.keepDays() > 0 ? mostASecond : 0;
  }

  take(spans: readonly Span[], lost: number): void {
    this.#ended.fire({ spans, lost });
    const { store, clock, keepDays, failed } = this.#parts;
    const days = keepDays();
    if (days <= 0) return;
    const chosen = spans.length <= mostASecond ? spans : chosenOf(spans);
    store.saveSpans(chosen, { most: mostKept, since: clock.now() - days * dayMs }).catch(failed);
  }

  dispose(): void {
    this.#ended.dispose();
  }
}

function chosenOf(spans: readonly Span[]): Span[] {
  const matters = ({ conversation, status }: Span) => conversation !== undefined || status === "error";
  const first = spans.filter(matters);
  return [...first, ...spans.filter((span) => !matters(span))].slice(0, mostASecond);
}

/** Traces as a panel asks for them. */
export interface TracesView {
  /** The newest first, of this window and, as far as they are kept, of before. */
  list(limit?: number): Promise<TraceSummary[]>;
  /** The spans of a trace by their start. One that goes on has no `endedAt`. */
  get(
    traceId: string,
  ): Promise<readonly (Omit<Span, "endedAt" | "status"> & Partial<Pick<Span, "endedAt" | "status">>)[]>;
  /** Spans that have ended, for an exporter. */
  readonly onDidEnd: KeptSpans["onDidEnd"];
}

export function tracesView({
  traces,
  kept,
  store,
}: {
  traces: Traces;
  kept: KeptSpans;
  store: Pick<StorePort, "readSpans">;
}): TracesView {
  return {
    async list(limit = 100) {
      const live = traces.list(limit);
      if (live.length >= limit) return live;
      const known = new Set(live.map(({ traceId }) => traceId));
      const past = summaries(await store.readSpans({ limit: limit * 50 }));
      return [...live, ...past.filter(({ traceId }) => !known.has(traceId))].slice(0, limit);
    },
    async get(traceId) {
      const live = traces.get(traceId);
      const known = new Set(live.map(({ spanId }) => spanId));
      const past = (await store.readSpans({ traceId, limit: 10_000 })).filter(({ spanId }) => !known.has(spanId));
      return [...past, ...live].sort(byStart);
    },
    onDidEnd: kept.onDidEnd,
  };
}
