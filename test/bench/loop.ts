/** The measuring loop that every caller runs, whatever the stack. */
import { deepStrictEqual } from "node:assert/strict";
import { type Payload, payloadOf } from "./payload.ts";

export interface TwoHopCell {
  readonly bytes: number;
  readonly inFlight: number;
  readonly ms: number;
}

export interface TwoHopFigures {
  readonly callsPerSecond: number;
  readonly p50Us: number;
  readonly calls: number;
}

/** Keeps `inFlight` calls going for `ms`. The first reply is compared with what was sent. */
export async function closedLoop(
  call: (payload: Payload) => Promise<unknown>,
  { bytes, inFlight, ms }: TwoHopCell,
): Promise<TwoHopFigures> {
  const payload = payloadOf(bytes);
  deepStrictEqual(await call(payload), payload);
  const taken: number[] = [];
  const begin = performance.now();
  const until = begin + ms;
  const one = async () => {
    for (let now = performance.now(); now < until; ) {
      await call(payload);
      const after = performance.now();
      taken.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return figuresOf(taken, performance.now() - begin);
}

/** From the milliseconds that each call took, and those of all. */
export function figuresOf(taken: readonly number[], wholeMs: number): TwoHopFigures {
  const sorted = Float64Array.from(taken).sort();
  return {
    calls: taken.length,
    callsPerSecond: (taken.length * 1_000) / wholeMs,
    p50Us: (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) * 1_000,
  };
}

export interface FanOutCell {
  readonly subscribers: number;
  readonly bytes: number;
  /** Events published in one run. */
  readonly events: number;
}

/** What one subscriber got of a run. */
export interface Received {
  readonly count: number;
  readonly lost: number;
}

/** The data of an event; the last of a run says so. */
export function eventData(payload: Payload, last: boolean): Payload {
  return { ...payload, last };
}

/** Counts the events of a run in a subscriber. `wait` resolves when the last one has come. */
export class Counter {
  #count = 0;
  #lost = 0;
  #ended: { promise: Promise<Received>; resolve(received: Received): void } = Promise.withResolvers<Received>();

  arm(): void {
    this.#count = 0;
    this.#lost = 0;
    this.#ended = Promise.withResolvers<Received>();
  }

  heard(data: unknown): void {
    this.#count++;
    if ((data as { last?: boolean }).last) this.#ended.resolve({ count: this.#count, lost: this.#lost });
  }

  missed(count: number): void {
    this.#lost += count;
  }

  wait(): Promise<Received> {
    return this.#ended.promise;
  }
}

export interface FanOutFigures {
  readonly eventsPerSecond: number;
  readonly lost: number;
}

/** Runs a fan-out: `publish` sends all events, `wait` answers what each subscriber got. */
export async function fanOut(publish: () => Promise<unknown>, wait: () => Promise<Received[]>): Promise<FanOutFigures> {
  const begin = performance.now();
  const [received] = await Promise.all([wait(), publish()]);
  const seconds = (performance.now() - begin) / 1_000;
  let count = 0;
  let lost = 0;
  for (const one of received) {
    count += one.count;
    lost += one.lost;
  }
  return { eventsPerSecond: count / seconds, lost };
}
