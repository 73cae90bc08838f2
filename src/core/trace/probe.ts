import { asFailure, type FailureKind } from "../../base/failure.ts";
import { isJsonObject } from "../../base/json.ts";
import type { Meta } from "../../protocol/plugin/common.ts";
import type { InterceptParams } from "../../protocol/plugin/intercepts.ts";
import type { CallProbe, MeasuredCall } from "../calls/types.ts";
import type { CallRecord, JournalRow } from "../journal/records.ts";
import type { PluginMessageHandler } from "../ports.ts";
import { parseTraceparent, traceMeta } from "./context.ts";
import type { Edge, Edges } from "./edges.ts";
import type { BegunSpan, Traces } from "./traces.ts";

interface ProbeParts {
  readonly traces: Traces;
  readonly edges: Edges;
  /** The call to this plugin that is in progress, if it is. */
  readonly inProgressAt: (callId: string | undefined, plugin: string) => CallRecord | undefined;
}

/** Something that goes on, with its span and its edge. */
class Measuring implements MeasuredCall {
  readonly span: BegunSpan;
  readonly #edge: Edge;
  readonly #parts: Pick<ProbeParts, "traces" | "edges">;

  constructor(parts: Pick<ProbeParts, "traces" | "edges">, span: BegunSpan, edge: Edge) {
    this.#parts = parts;
    this.span = span;
    this.#edge = edge;
  }

  get meta(): Partial<Meta> {
    return traceMeta(this.span);
  }

  ended(failure?: FailureKind): void {
    const { traces, edges } = this.#parts;
    traces.end(this.span, failure);
    edges.ended(this.#edge, (this.span.endedAt ?? this.span.startedAt) - this.span.startedAt, failure);
  }
}

/** Calls have their own span, and a ping is not worth one. */
const withoutSpan: ReadonlySet<string> = new Set(["call", "$/ping"]);

/**
 * Where traces and metrics are taken: around calls, around what plugins ask of the host, around intercepts and deliveries,
 * and from the turns that the agent tells of. Whatever it looks at goes on unchanged.
 */
export class Probe implements CallProbe {
  readonly #parts: ProbeParts;
  /** The turns that run, by turn and by conversation. */
  readonly #turns = new Map<string, BegunSpan>();
  readonly #turnIn = new Map<string, BegunSpan>();
  /** The span of the message that is being handled in this very moment. */
  #now: BegunSpan | undefined;

  constructor(parts: ProbeParts) {
    this.#parts = parts;
  }

  begun(record: CallRecord, parent: CallRecord | undefined, meta: Meta | undefined): MeasuredCall {
    const { traces, edges } = this.#parts;
    const { caller, plugin, name, conversation, turn, id } = record;
    const inside = parent?.span ?? (turn === undefined ? undefined : this.#turns.get(turn));
    const below = caller.startsWith("plugin:")
      ? traces.belowOf(caller.slice("plugin:".length), meta, inside)
      : { span: inside };
    const target = `${plugin}/${name}`;
    const span = traces.begin({ kind: "call", name: target, caller, to: plugin, conversation, callId: id }, below);
    record.span = { traceId: span.traceId, spanId: span.spanId };
    return new Measuring(this.#parts, span, edges.begun(caller, target));
  }

  /** A plugin's messages, each a span and an edge to the host. */
  around(plugin: string, handler: PluginMessageHandler): PluginMessageHandler {
    const caller = `plugin:${plugin}`;
    return (method, params, signal, progress) => {
      if (withoutSpan.has(method)) return handler(method, params, signal, progress);
      const meta = params._meta as Meta | undefined;
      const inside = this.#parts.inProgressAt(meta?.callId, plugin);
      const below = this.#parts.traces.belowOf(plugin, meta, inside?.span);
      const start = { kind: "service", name: method, caller, conversation: inside?.conversation } as const;
      const { traces, edges } = this.#parts;
      const measured = new Measuring(this.#parts, traces.begin(start, below), edges.begun(caller, method));
      const before = this.#now;
      this.#now = measured.span;
      try {
        const answer = handler(method, params, signal, progress);
        if (!(answer instanceof Promise)) {
          measured.ended();
          return answer;
        }
        return answer.then(
          (value) => {
            measured.ended();
            return value;
          },
          (error) => failed(measured, error, method),
        );
      } catch (error) {
        return failed(measured, error, method);
      } finally {
        this.#now = before;
      }
    };
  }

  /** An event was published; if a plugin did so inside a call, a turn or a delivery, what hears it is below that. */
  published({ seq, source }: JournalRow): void {
    const now = this.#now;
    if (now?.parentSpanId !== undefined && now.caller === `plugin:${source}`) this.#parts.traces.published(seq, now);
  }

  /** Asks an intercept, which is told where in the trace it stands. */
  async intercept<Result>(
    plugin: string,
    params: InterceptParams,
    ask: (params: InterceptParams) => Promise<Result>,
  ): Promise<Result> {
    const { traces } = this.#parts;
    const turn = params._meta?.turn;
    const parent =
      parseTraceparent(params._meta?.traceparent) ?? (turn === undefined ? undefined : this.#turns.get(turn));
    const name = `${params.point} ${params.phase}`;
    const start = {
      kind: "intercept",
      name,
      caller: "host",
      to: plugin,
      conversation: params._meta?.conversation,
    } as const;
    const span = traces.begin(start, { span: parent });
    try {
      const result = await ask({ ...params, _meta: { ...params._meta, ...traceMeta(span) } });
      traces.end(span);
      return result;
    } catch (error) {
      traces.end(span, asFailure(error, name).kind);
      throw error;
    }
  }

  /** What a delivery of events says of its trace; undefined where they belong to none, or not to the same. `over` ends its span. */
  deliver(
    plugin: string,
    topic: string,
    events: readonly { readonly seq: number }[],
  ): { meta: Partial<Meta>; over: (error?: unknown) => void } | undefined {
    const { traces } = this.#parts;
    const below = traces.belowOfEvents(events);
    if (!below.span) return undefined;
    const span = traces.begin({ kind: "deliver", name: topic, caller: "host", to: plugin }, below);
    const over = (error?: unknown) =>
      traces.end(span, error === undefined ? undefined : asFailure(error, "The delivery").kind);
    return { meta: traceMeta(span), over };
  }

  /** What the host tells of itself: turns, and the steps of models inside them. */
  told(type: string, data: unknown, conversation: string | undefined): void {
    if (conversation === undefined || !isJsonObject(data)) return;
    if (type === "agent.start") this.#turnBegan(String(data.instanceId), conversation);
    else if (type === "agent.end") this.#turnEnded(String(data.instanceId), conversation, data);
    else if (type === "model.step") {
      const start = { kind: "model", name: String(data.model), caller: "agent", conversation } as const;
      this.#parts.traces.ended(start, { span: this.#turnIn.get(conversation) }, Number(data.ms));
    }
  }

  #turnBegan(turn: string, conversation: string): void {
    const span = this.#parts.traces.begin({ kind: "turn", name: "turn", caller: "agent", conversation });
    this.#turns.set(turn, span);
    this.#turnIn.set(conversation, span);
  }

  #turnEnded(turn: string, conversation: string, { error, interrupted }: Record<string, unknown>): void {
    const span = this.#turns.get(turn);
    this.#turns.delete(turn);
    if (this.#turnIn.get(conversation) === span) this.#turnIn.delete(conversation);
    if (span) this.#parts.traces.end(span, interrupted ? "cancelled" : error === undefined ? undefined : "unavailable");
  }
}

function failed(measured: Measuring, error: unknown, method: string): never {
  measured.ended(asFailure(error, method).kind);
  throw error;
}
