import type { FailureKind } from "../../base/failure.ts";
import { Histogram } from "./histogram.ts";

/** What is known of the calls from one party to one offer or host service since the window opened. Durations in milliseconds. */
export interface EdgeView {
  readonly caller: string;
  readonly target: string;
  readonly count: number;
  readonly inFlight: number;
  /** How many failed, by the kind of failure. */
  readonly errors: Readonly<Record<string, number>>;
  /** At most 4.5 % off; undefined while nothing has ended. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

interface Edge {
  readonly caller: string;
  readonly target: string;
  readonly took: Histogram;
  readonly errors: Map<string, number>;
  inFlight: number;
}

/** More edges than this are measured together. */
const mostEdges = 2_000;

/** Measures calls by edge: who called what. Two look-ups a call, and 1.1 KiB an edge. */
export class Edges {
  readonly #edges = new Map<string, Map<string, Edge>>();
  #count = 0;

  /** A call began; the answer is to be told of its end. */
  begun(caller: string, target: string): Edge {
    const edge = this.#edges.get(caller)?.get(target) ?? this.#add(caller, target);
    edge.inFlight++;
    return edge;
  }

  ended(edge: Edge, ms: number, failure?: FailureKind): void {
    edge.inFlight--;
    edge.took.add(ms);
    if (failure !== undefined) edge.errors.set(failure, (edge.errors.get(failure) ?? 0) + 1);
  }

  /** All edges, those with the most calls first. */
  list(): EdgeView[] {
    const all = [...this.#edges.values()].flatMap((targets) => [...targets.values()]);
    return all
      .map(({ caller, target, took, errors, inFlight }) => ({
        ...{ caller, target, count: took.count, inFlight, errors: Object.fromEntries(errors) },
        ...{ p50: took.quantile(0.5), p95: took.quantile(0.95), p99: took.quantile(0.99) },
      }))
      .sort((one, other) => other.count - one.count);
  }

  #add(caller: string, target: string): Edge {
    const full = this.#count >= mostEdges;
    const who = full ? "others" : caller;
    const what = full ? "others" : target;
    const targets = this.#edges.get(who) ?? new Map<string, Edge>();
    this.#edges.set(who, targets);
    const known = targets.get(what);
    if (known) return known;
    const edge: Edge = { caller: who, target: what, took: new Histogram(), errors: new Map(), inFlight: 0 };
    targets.set(what, edge);
    this.#count++;
    return edge;
  }
}

export type { Edge };
