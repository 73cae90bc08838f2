import type { Limits } from "../../protocol/limits.ts";
import type { PluginEvent, Subscription } from "../../protocol/plugin/events.ts";
import type { Account, Holder } from "./account.ts";
import { Deque } from "./deque.ts";
import { Losses, type Lost } from "./losses.ts";

export interface Batch {
  readonly events: PluginEvent[];
  readonly lost?: Lost;
}

/**
 * Takes a batch of at most 100 events to a subscriber, in any task, also inside `publish`. The promise settles when the subscriber
 * can take more, and there is none where it can at once; for a subscription with `ack` it settles when the subscriber
 * acknowledged. A batch that is refused counts as lost.
 */
export type Deliver = (batch: Batch) => Promise<void> | void;

export interface MailboxOptions {
  readonly account: Account;
  /** The limits that are in force for the subscriber, asked each time. */
  readonly limits: () => Limits;
  readonly whenSlow: NonNullable<Subscription["whenSlow"]>;
  readonly deliver: Deliver;
  /** What the subscriber may see of events at this moment; undefined for nothing of one. Neither may throw. */
  readonly viewer: () => (event: PluginEvent) => PluginEvent | undefined;
  /** Told, with `ack`, of the events that the subscriber saw and acknowledged, and of the losses that it was told with them. */
  readonly onAcknowledged: (events: readonly PluginEvent[], lost: Lost | undefined) => void;
  readonly onFailed: (error: unknown) => void;
  /** For a member of a group: gives what it did not take to other members, and answers what none of them got. */
  readonly handOver?: (items: readonly Item[]) => readonly Item[];
}

/** An event in a mailbox. `to` is set where it is for one plugin only; `handed` counts the members of a group that had it before. */
export interface Item {
  readonly event: PluginEvent;
  readonly bytes: number;
  readonly to?: string | undefined;
  readonly handed?: number;
}

/** So that a batch stays far below the largest message, with its escapes. */
const batchBytes = 2 * 1024 * 1024;

/**
 * The events of one subscription, in order. Without `ack` one batch is on its way at a time; with it up to 64 events. What
 * comes meanwhile waits, at most 1,000 events; beyond that, or over the subscriber's bytes, `latest` keeps the newest
 * event of each topic, and the others drop the oldest. What is dropped is counted and told with the next batch.
 */
export class Mailbox implements Holder {
  readonly #options: MailboxOptions;
  readonly #waiting = new Deque<Item>();
  readonly #losses = new Losses();
  #waitingBytes = 0;
  #away = 0;
  #awayBytes = 0;
  #batchesAway = 0;
  /** What is on its way, for a member of a group only. */
  readonly #unsettled = new Set<readonly Item[]>();
  #scheduled = false;
  /** There is a loss to be told, whether or not an event goes with it. */
  #lossWaits = false;
  #closed = false;

  constructor(options: MailboxOptions) {
    this.#options = options;
    options.account.open(this);
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Events that wait or are on their way. */
  get load(): number {
    return this.#waiting.length + this.#away;
  }

  push(event: PluginEvent, bytes: number, to?: string, handed?: number): void {
    if (this.#closed) return;
    const { account, whenSlow } = this.#options;
    const limits = this.#options.limits();
    this.#waiting.push({ event, bytes, to, handed });
    this.#waitingBytes += bytes;
    account.charge(bytes);
    // A subscriber that takes what it gets loses nothing, however much comes in one task.
    if (this.#waiting.length >= limits.eventsPerDelivery) this.#sendAll();
    const full = this.#waiting.length > limits.eventQueueCount || account.bytes > limits.eventQueueBytes;
    if (full && whenSlow === "latest") this.#keepNewest();
    if (this.#waiting.length > limits.eventQueueCount) this.dropOldest();
    account.fit();
    this.#schedule();
  }

  /** Takes what was before the subscription. It is sent in a later task, when who subscribes knows of it. */
  begin(items: readonly Item[], losses: readonly (Lost | undefined)[]): void {
    const { account, limits } = this.#options;
    for (const lost of losses) {
      if (!lost) continue;
      this.#losses.add(lost);
      this.#lossWaits = true;
    }
    for (const item of items) {
      this.#waiting.push(item);
      this.#waitingBytes += item.bytes;
      account.charge(item.bytes);
    }
    while (this.#waiting.length > limits().eventQueueCount) this.dropOldest();
    account.fit();
    if (this.#lossWaits || this.#waiting.length > 0) this.#schedule();
  }

  dropOldest(): void {
    const item = this.#waiting.shift();
    if (item) this.#drop(item);
  }

  /** What waits or was not acknowledged goes to others of the group, or is forgotten; a late answer to a batch changes nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const left = this.#waiting.drain();
    const unsettled = this.#options.whenSlow === "ack" ? [...this.#unsettled].flat() : [];
    this.#options.account.charge(-(this.#waitingBytes + this.#awayBytes));
    this.#options.account.close(this);
    this.#waitingBytes = 0;
    if (unsettled.length + left.length > 0) this.#options.handOver?.([...unsettled, ...left]);
  }

  #drop({ event, bytes }: Item): void {
    this.#waitingBytes -= bytes;
    this.#options.account.charge(-bytes);
    this.#losses.addEvent(event.seq);
  }

  #keepNewest(): void {
    const items = this.#waiting.drain();
    const newest = new Map(items.map((item) => [item.event.type, item]));
    for (const item of items) {
      if (newest.get(item.event.type) === item) this.#waiting.push(item);
      else this.#drop(item);
    }
  }

  /** Events of one run of the event loop's current task travel together. */
  #schedule(): void {
    if (this.#scheduled || this.#room() === 0) return;
    this.#scheduled = true;
    queueMicrotask(this.#sendScheduled);
  }

  readonly #sendScheduled = (): void => {
    this.#scheduled = false;
    this.#sendAll();
  };

  #sendAll(): void {
    while (!this.#closed && (this.#waiting.length > 0 || this.#lossWaits) && this.#room() > 0) this.#send();
  }

  #room(): number {
    const limits = this.#options.limits();
    if (this.#options.whenSlow === "ack") return Math.max(0, limits.acknowledgeCredit - this.#away);
    return this.#batchesAway === 0 ? limits.eventsPerDelivery : 0;
  }

  #send(): void {
    const taken = this.#take();
    const see = this.#options.viewer();
    const items: Item[] = [];
    const hidden: Item[] = [];
    let { bytes } = taken;
    const events: PluginEvent[] = [];
    const originals: PluginEvent[] = this.#options.whenSlow === "ack" ? [] : events;
    for (const item of taken.items) {
      const { event } = item;
      const seen = see(event);
      (seen ? items : hidden).push(item);
      if (!seen) {
        bytes -= item.bytes;
        continue;
      }
      events.push(seen);
      if (originals !== events) originals.push(event);
    }
    const lost = this.#losses.take();
    this.#lossWaits = false;
    this.#waitingBytes -= taken.bytes;
    this.#options.account.charge(bytes - taken.bytes);
    this.#away += items.length;
    this.#awayBytes += bytes;
    this.#batchesAway++;
    if (this.#options.handOver) this.#unsettled.add(items);
    // What this member of a group may not see any more, another may.
    if (hidden.length > 0) this.#options.handOver?.(hidden);
    const settle = (error?: { cause: unknown }) => this.#settle(originals, items, bytes, lost, error);
    if (events.length === 0 && !lost) {
      settle();
      return;
    }
    try {
      const answer = this.#options.deliver(lost ? { events, lost } : { events });
      if (answer)
        answer.then(
          () => settle(),
          (cause: unknown) => settle({ cause }),
        );
      else settle();
    } catch (cause) {
      settle({ cause });
    }
  }

  #take(): { items: Item[]; bytes: number } {
    const items: Item[] = [];
    let bytes = 0;
    const most = Math.min(this.#room(), this.#options.limits().eventsPerDelivery);
    while (items.length < most) {
      const next = this.#waiting.first();
      if (!next || (items.length > 0 && bytes + next.bytes > batchBytes)) break;
      this.#waiting.shift();
      items.push(next);
      bytes += next.bytes;
    }
    return { items, bytes };
  }

  #settle(
    events: readonly PluginEvent[],
    items: readonly Item[],
    bytes: number,
    lost: Lost | undefined,
    error: { cause: unknown } | undefined,
  ): void {
    if (this.#closed) return;
    this.#unsettled.delete(items);
    this.#away -= items.length;
    this.#awayBytes -= bytes;
    this.#batchesAway--;
    this.#options.account.charge(-bytes);
    if (error) {
      if (lost) this.#losses.add(lost);
      const { handOver } = this.#options;
      if (handOver) for (const { event } of handOver(items)) this.#losses.addEvent(event.seq);
      else for (const event of events) this.#losses.addEvent(event.seq);
      this.#options.onFailed(error.cause);
    } else if (this.#options.whenSlow === "ack") {
      this.#options.onAcknowledged(events, lost);
    }
    if (this.#waiting.length > 0) this.#schedule();
  }
}
