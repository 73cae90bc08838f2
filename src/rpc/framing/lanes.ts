import { Failure } from "../../base/failure.ts";

/** In order of precedence. A lane keeps its own order; what must stay in order (an answer and its progress) shares one. */
const laneNames = ["control", "responses", "requests", "events"] as const;
export type Lane = (typeof laneNames)[number];

export interface LaneLimits {
  /** Bytes that may wait in all lanes together. */
  readonly outboundBytes: number;
  /** Bytes that may wait in the lane of events, unless it is one message alone. */
  readonly eventQueueBytes: number;
}

/** A message as it waits to become bytes: one text, or a header and a body that is long or shared with others. */
export type Content = string | { readonly header: string; readonly body: string | Uint8Array };

export interface Waiting {
  readonly content: Content;
  /** Its bytes on the wire. */
  readonly size: number;
  readonly tag: unknown;
}

/** What the lane of control may hold beyond the limit: refusals must find a way when everything else is full. */
export const controlReserve = 1024 * 1024;
const retryAfterMs = 250;

/** What one lane holds: those before `head` have left. */
interface Queue {
  waiting: Waiting[];
  head: number;
}

/** Messages that wait to leave, bounded in bytes. Over the bound `add` throws `overloaded` and keeps what was there. */
export class Lanes {
  readonly #limits: LaneLimits;
  readonly #lanes: Readonly<Record<Lane, Queue>> = {
    control: empty(),
    responses: empty(),
    requests: empty(),
    events: empty(),
  };
  readonly #inOrder: readonly Queue[] = laneNames.map((name) => this.#lanes[name]);
  #count = 0;
  #bytes = 0;
  #eventBytes = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  /** Messages that wait. */
  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `tag` is what `withdraw` finds the message by; `elsewhere` are bytes that left the lanes but not the process. */
  add(lane: Lane, content: Content, size: number, tag?: unknown, elsewhere = 0): void {
    const most = this.#limits.outboundBytes + (lane === "control" ? controlReserve : 0);
    const full = this.#bytes + elsewhere + size > most;
    const eventsFull =
      lane === "events" && this.#eventBytes > 0 && this.#eventBytes + size > this.#limits.eventQueueBytes;
    if (full || eventsFull) {
      throw new Failure("overloaded", `The peer reads too slowly: ${this.#bytes + elsewhere} bytes wait for it.`, {
        details: { retryAfterMs, limit: eventsFull ? this.#limits.eventQueueBytes : this.#limits.outboundBytes },
        todo: "Try again later, or send less.",
      });
    }
    this.#lanes[lane].waiting.push({ content, size, tag });
    this.#count++;
    this.#bytes += size;
    if (lane === "events") this.#eventBytes += size;
  }

  /** Takes the next message: from the first lane that has one. */
  take(): Waiting | undefined {
    for (const queue of this.#inOrder) {
      const next = queue.waiting[queue.head];
      if (!next) continue;
      if (++queue.head === queue.waiting.length) reset(queue);
      else if (queue.head >= 1_024) compact(queue);
      this.#left(queue, next);
      return next;
    }
    return undefined;
  }

  /** Takes back a message that has not left; answers whether there was one. */
  withdraw(lane: Lane, tag: unknown): boolean {
    const queue = this.#lanes[lane];
    compact(queue);
    const index = queue.waiting.findIndex((waiting) => waiting.tag === tag);
    const [taken] = index === -1 ? [] : queue.waiting.splice(index, 1);
    if (taken) this.#left(queue, taken);
    return taken !== undefined;
  }

  clear(): void {
    for (const queue of this.#inOrder) reset(queue);
    this.#count = 0;
    this.#bytes = 0;
    this.#eventBytes = 0;
  }

  #left(queue: Queue, { size }: Waiting): void {
    this.#count--;
    this.#bytes -= size;
    if (queue === this.#lanes.events) this.#eventBytes -= size;
  }
}

function empty(): Queue {
  return { waiting: [], head: 0 };
}

function reset(queue: Queue): void {
  queue.waiting = [];
  queue.head = 0;
}

function compact(queue: Queue): void {
  queue.waiting = queue.waiting.slice(queue.head);
  queue.head = 0;
}
