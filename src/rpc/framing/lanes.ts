import { Failure } from "../../base/failure.ts";
import type { Frame } from "../frame.ts";

/** In order of precedence. A lane keeps its own order; what must stay in order (an answer and its progress) shares one. */
export const laneNames = ["control", "responses", "requests", "events"] as const;
export type Lane = (typeof laneNames)[number];

export interface LaneLimits {
  /** Bytes that may wait in all lanes together. */
  readonly outboundBytes: number;
  /** Bytes that may wait in the lane of events, unless it is one message alone. */
  readonly eventQueueBytes: number;
}

interface Waiting {
  readonly frame: Frame;
  readonly tag: unknown;
}

/** What the lane of control may hold beyond the limit: refusals must find a way when everything else is full. */
export const controlReserve = 1024 * 1024;
const retryAfterMs = 250;

/** Messages that wait to leave, bounded in bytes. Over the bound `add` throws `overloaded` and keeps what was there. */
export class Lanes {
  readonly #limits: LaneLimits;
  readonly #waiting: Record<Lane, Waiting[]> = { control: [], responses: [], requests: [], events: [] };
  readonly #heads: Record<Lane, number> = { control: 0, responses: 0, requests: 0, events: 0 };
  #bytes = 0;
  #eventBytes = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `tag` is what `withdraw` finds the message by; `elsewhere` are bytes that left the lanes but not the process. */
  add(lane: Lane, frame: Frame, tag?: unknown, elsewhere = 0): void {
    const most = this.#limits.outboundBytes + (lane === "control" ? controlReserve : 0);
    const full = this.#bytes + elsewhere + frame.size > most;
    const eventsFull =
      lane === "events" && this.#eventBytes > 0 && this.#eventBytes + frame.size > this.#limits.eventQueueBytes;
    if (full || eventsFull) {
      throw new Failure("overloaded", `The peer reads too slowly: ${this.#bytes + elsewhere} bytes wait for it.`, {
        details: { retryAfterMs, limit: eventsFull ? this.#limits.eventQueueBytes : this.#limits.outboundBytes },
        todo: "Try again later, or send less.",
      });
    }
    this.#waiting[lane].push({ frame, tag });
    this.#bytes += frame.size;
    if (lane === "events") this.#eventBytes += frame.size;
  }

  /** Takes the next message: from the first lane that has one. */
  take(): Frame | undefined {
    for (const lane of laneNames) {
      const queue = this.#waiting[lane];
      const next = queue[this.#heads[lane]];
      if (!next) continue;
      if (++this.#heads[lane] === queue.length) this.#reset(lane);
      else if (this.#heads[lane] >= 1_024) this.#compact(lane);
      this.#bytes -= next.frame.size;
      if (lane === "events") this.#eventBytes -= next.frame.size;
      return next.frame;
    }
    return undefined;
  }

  /** Takes back a message that has not left; answers whether there was one. */
  withdraw(lane: Lane, tag: unknown): boolean {
    this.#compact(lane);
    const queue = this.#waiting[lane];
    const index = queue.findIndex((waiting) => waiting.tag === tag);
    if (index === -1) return false;
    const [taken] = queue.splice(index, 1);
    this.#bytes -= taken?.frame.size ?? 0;
    if (lane === "events") this.#eventBytes -= taken?.frame.size ?? 0;
    return true;
  }

  clear(): void {
    for (const lane of laneNames) this.#reset(lane);
    this.#bytes = 0;
    this.#eventBytes = 0;
  }

  #reset(lane: Lane): void {
    this.#waiting[lane] = [];
    this.#heads[lane] = 0;
  }

  #compact(lane: Lane): void {
    this.#waiting[lane] = this.#waiting[lane].slice(this.#heads[lane]);
    this.#heads[lane] = 0;
  }
}
