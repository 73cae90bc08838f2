import type { FailureKind } from "../../base/failure.ts";
import type { OpenSpan } from "./traces.ts";

/** What a span stays the same in from its beginning. */
type Begun = Omit<OpenSpan, "spanId" | "startedAt" | "endedAt" | "status" | "error">;

/**
 * The latest spans by their number, without an object for each: what is begun by the thousand a second and hardly ever read would else
 * be copied by each collection of garbage and then be garbage among what is old. Times are in columns of numbers, and what a span
 * is called by are texts that mostly live longer than it.
 */
export class SpanRing {
  readonly #size: number;
  readonly #numbers: Float64Array;
  readonly #startedAt: Float64Array;
  /** `NaN` while the span goes on. */
  readonly #endedAt: Float64Array;
  readonly #failures: (FailureKind | undefined)[];
  readonly #traceIds: string[];
  readonly #parents: Begun["parentSpanId"][];
  readonly #kinds: Begun["kind"][];
  readonly #names: string[];
  readonly #callers: string[];
  readonly #targets: Begun["to"][];
  readonly #conversations: Begun["conversation"][];
  readonly #callIds: Begun["callId"][];
  readonly #tracestates: Begun["tracestate"][];
  readonly #links: Begun["linked"][];

  constructor(size: number) {
    this.#size = size;
    this.#numbers = new Float64Array(size);
    this.#startedAt = new Float64Array(size);
    this.#endedAt = new Float64Array(size);
    this.#failures = column(size, undefined);
    this.#traceIds = column(size, "");
    this.#parents = column(size, undefined);
    this.#kinds = column(size, "call");
    this.#names = column(size, "");
    this.#callers = column(size, "");
    this.#targets = column(size, undefined);
    this.#conversations = column(size, undefined);
    this.#callIds = column(size, undefined);
    this.#tracestates = column(size, undefined);
    this.#links = column(size, undefined);
  }

  /** Puts in a span that begins, in the place of the oldest. Numbers count from 1. */
  begin(number: number, span: Begun, startedAt: number): void {
    const at = number % this.#size;
    this.#numbers[at] = number;
    this.#startedAt[at] = startedAt;
    this.#endedAt[at] = Number.NaN;
    this.#failures[at] = undefined;
    this.#traceIds[at] = span.traceId;
    this.#parents[at] = span.parentSpanId;
    this.#kinds[at] = span.kind;
    this.#names[at] = span.name;
    this.#callers[at] = span.caller;
    this.#targets[at] = span.to;
    this.#conversations[at] = span.conversation;
    this.#callIds[at] = span.callId;
    this.#tracestates[at] = span.tracestate;
    this.#links[at] = span.linked;
  }

  /** Does nothing for a span that is no longer here. */
  end(number: number, endedAt: number, failure: FailureKind | undefined): void {
    const at = number % this.#size;
    if (this.#numbers[at] !== number) return;
    this.#endedAt[at] = endedAt;
    this.#failures[at] = failure;
  }

  /** The span with this number, which its owner names `spanId`; undefined where it is no longer here. */
  get(number: number, spanId: string): OpenSpan | undefined {
    const at = number % this.#size;
    return number > 0 && this.#numbers[at] === number ? this.#read(at, spanId) : undefined;
  }

  /** All that are here, in the order of their numbers. */
  all(nameOf: (number: number) => string): OpenSpan[] {
    return [...this.#numbers.keys()]
      .filter((at) => this.#numbers[at] !== 0)
      .sort((one, other) => (this.#numbers[one] ?? 0) - (this.#numbers[other] ?? 0))
      .map((at) => this.#read(at, nameOf(this.#numbers[at] ?? 0)));
  }

  #read(at: number, spanId: string): OpenSpan {
    const endedAt = this.#endedAt[at] ?? Number.NaN;
    const failure = this.#failures[at];
    const goesOn = Number.isNaN(endedAt);
    return {
      traceId: this.#traceIds[at] ?? "",
      spanId,
      parentSpanId: this.#parents[at],
      kind: this.#kinds[at] ?? "call",
      name: this.#names[at] ?? "",
      caller: this.#callers[at] ?? "",
      to: this.#targets[at],
      conversation: this.#conversations[at],
      callId: this.#callIds[at],
      tracestate: this.#tracestates[at],
      linked: this.#links[at],
      startedAt: this.#startedAt[at] ?? 0,
      endedAt: goesOn ? undefined : endedAt,
      status: goesOn ? undefined : statusOf(failure),
      error: failure,
    };
  }
}

export function statusOf(failure: FailureKind | undefined): "ok" | "error" | "cancelled" {
  return failure === undefined ? "ok" : failure === "cancelled" ? "cancelled" : "error";
}

function column<Value>(size: number, value: Value): Value[] {
  return new Array<Value>(size).fill(value);
}
