import type { Logger } from "../../base/logger.ts";
import { limits as defaults, type Limits } from "../../protocol/limits.ts";
import type { PluginEvent, Subscription } from "../../protocol/plugin/events.ts";
import { Retained, type RetainedEvent } from "./retained.ts";
import type { Loss, RetainedRecord, RetainedRows } from "./retainedRows.ts";
import { hostSource, topicMatches } from "./topics.ts";

export interface PastOptions {
  readonly logger: Logger;
  /** The limits that are in force for a plugin. */
  readonly limits?: ((plugin: string) => Limits) | undefined;
  /** The identity of the plugin that has a name now; undefined where there is none. */
  readonly ownerOf?: ((plugin: string) => string | undefined) | undefined;
  /** Where it outlives the window; without it nothing does. */
  readonly rows?: RetainedRows | undefined;
}

/** Who comes for what was before. */
export interface Newcomer {
  readonly subscriber: string;
  readonly owner?: string | undefined;
  readonly spec: Subscription;
}

/** What counts of an event for who may have it. */
type Addressed = Pick<Loss, "source" | "owner" | "type" | "to" | "toOwner" | "conversation">;

/** Of so many different topics an owner's losses are told apart; what is older is only logged. */
const mostLosses = 1_000;

/**
 * What the bus keeps for subscribers to come: events until one of them was acknowledged, and the last ones. Over the
 * limits the oldest of the same owner are given up, and exactly those who would have got them are told how many.
 */
export class Past {
  readonly #options: PastOptions;
  readonly #kept: Retained;
  readonly #latest: Retained;
  /** By the very object that subscribers have in their queues, since two windows may number alike. */
  readonly #keptOf = new WeakMap<PluginEvent, RetainedEvent>();
  readonly #lossOf = new WeakMap<PluginEvent, Loss>();
  readonly #losses = new Map<string, Map<string, Loss>>();

  constructor(options: PastOptions) {
    this.#options = options;
    const limitsOf = (source: string) => {
      const { keptEventCount, keptEventBytes } = options.limits?.(source) ?? defaults;
      return { count: keptEventCount, bytes: keptEventBytes };
    };
    this.#kept = new Retained(limitsOf);
    this.#latest = new Retained(limitsOf);
  }

  /** Writes an event down that is to be kept; undefined where there is nothing to write to. Rejects with the store's failure. */
  save(retained: RetainedEvent): Promise<void> | undefined {
    return this.#options.rows?.keep(retained);
  }

  /** Keeps an event, which was saved before, until it is acknowledged. */
  keep(retained: RetainedEvent): void {
    this.#keptOf.set(retained.event, retained);
    for (const { retained: old } of this.#kept.put(retained.id, retained)) {
      this.#options.rows?.remove(old.id);
      this.#giveUp(old);
    }
  }

  /**
   * Keeps an event in the place of the one before it under the same key. The host's own, and a plugin's on itself, end
   * with the window.
   */
  putLatest(key: string, retained: RetainedEvent): void {
    const rows = outlivesTheWindow(retained.event) ? this.#options.rows : undefined;
    rows?.putLatest(key, retained);
    for (const gone of this.#latest.put(key, retained)) rows?.removeLatest(gone.key, gone.retained);
  }

  /** What a new subscription hears of the past, in order, and what it would have heard but for the limits. */
  of(newcomer: Newcomer): { events: RetainedEvent[]; losses: Loss[] } {
    const found = new Map<PluginEvent, RetainedEvent>();
    const acknowledges = newcomer.spec.whenSlow === "ack";
    for (const one of [...(acknowledges ? this.#kept.all() : []), ...this.#latest.all()])
      if (this.#isFor(newcomer, addressOf(one))) found.set(one.event, one);
    const events = [...found.values()].sort((one, other) => one.event.seq - other.event.seq);
    const losses = acknowledges ? [...this.#losses.values()].flatMap((own) => [...own.values()]) : [];
    return { events, losses: losses.filter((loss) => this.#isFor(newcomer, loss)) };
  }

  /** Whether something is kept that a plugin has not acknowledged, and that fits a pattern. */
  waitsFor(subscriber: string, topic: string): boolean {
    const newcomer = { subscriber, owner: this.#options.ownerOf?.(subscriber), spec: { topic } };
    for (const one of this.#kept.all())
      if (one.event.source !== subscriber && this.#isFor(newcomer, addressOf(one))) return true;
    return false;
  }

  acknowledged(events: readonly PluginEvent[]): void {
    for (const event of events) {
      const kept = this.#keptOf.get(event);
      if (!kept) continue;
      this.#keptOf.delete(event);
      if (this.#kept.delete(kept.owner, kept.id)) this.#options.rows?.remove(kept.id);
      const loss = this.#lossOf.get(event);
      // Who had it in its queue got it after all.
      if (loss) this.#lessen(loss, 1);
    }
  }

  /** A subscriber acknowledged that so many were given up of each. */
  told(losses: readonly { loss: Loss; count: number }[]): void {
    for (const { loss, count } of losses) this.#lessen(loss, count);
  }

  /** Deletes what is about a conversation; the store deletes its rows with the conversation's. */
  forget(conversation: string): void {
    this.#kept.forget(conversation);
    this.#latest.forget(conversation);
    for (const losses of this.#losses.values())
      for (const [key, loss] of losses) if (loss.conversation === conversation) losses.delete(key);
  }

  /** Takes in what an earlier window left; answers the events that are kept. */
  restore(records: readonly RetainedRecord[]): RetainedEvent[] {
    const restored: RetainedEvent[] = [];
    for (const { kept, latest, lost } of records) {
      if (lost) this.#addLoss(lost);
      if (latest) this.#latest.put(latest.key, latest.retained);
      if (!kept) continue;
      this.keep(kept);
      restored.push(kept);
    }
    return restored;
  }

  /**
   * Whether somebody is meant: a direct message is for the very plugin that it was sent to, and nothing is told in the
   * name of a plugin that is not the one of that name any more.
   */
  #isFor({ subscriber, owner, spec }: Newcomer, event: Addressed): boolean {
    if (!topicMatches(spec.topic, event.type)) return false;
    if (event.to !== undefined && event.to !== subscriber) return false;
    if (event.toOwner !== undefined && owner !== undefined && event.toOwner !== owner) return false;
    if (spec.conversation !== undefined && spec.conversation !== event.conversation) return false;
    return (this.#options.ownerOf?.(event.source) ?? event.owner) === event.owner;
  }

  #giveUp(old: RetainedEvent): void {
    const { type, source, seq } = old.event;
    this.#options.logger.log(
      "warn",
      "An event that nobody acknowledged was given up, because its source keeps too many.",
      {
        type,
        source,
        seq,
      },
    );
    const lost = { from: seq, to: seq, count: 1 };
    this.#lossOf.set(old.event, this.#addLoss({ ...addressOf(old), id: `lost ${old.id}`, lost }));
  }

  /** Adds to what was lost alike before; answers what stands for both. */
  #addLoss(loss: Loss): Loss {
    const own: Map<string, Loss> = this.#losses.get(loss.owner) ?? new Map();
    this.#losses.set(loss.owner, own);
    const { rows } = this.#options;
    const key = keyOf(loss);
    const known = own.get(key);
    if (known) {
      const { from, to, count } = known.lost;
      const { lost } = loss;
      known.lost = { from: Math.min(from, lost.from), to: Math.max(to, lost.to), count: count + lost.count };
      if (known.id !== loss.id) rows?.remove(loss.id);
      rows?.putLoss(known);
      return known;
    }
    own.set(key, loss);
    rows?.putLoss(loss);
    const [oldest] = own.values();
    if (own.size > mostLosses && oldest) this.#lessen(oldest, oldest.lost.count);
    return loss;
  }

  #lessen(loss: Loss, by: number): void {
    const count = loss.lost.count - by;
    loss.lost = { ...loss.lost, count };
    const own = this.#losses.get(loss.owner);
    if (own?.get(keyOf(loss)) !== loss) return;
    if (count > 0) this.#options.rows?.putLoss(loss);
    else {
      own.delete(keyOf(loss));
      this.#options.rows?.remove(loss.id);
    }
  }
}

/** What the host says is true of its own window alone, and what a plugin says of itself of its run alone. */
function outlivesTheWindow({ source, type }: PluginEvent): boolean {
  return source !== hostSource && !type.startsWith("self.");
}

function addressOf({ owner, event: { source, type, conversation }, to, toOwner }: RetainedEvent): Addressed {
  return {
    owner,
    source,
    type,
    ...(to !== undefined && { to }),
    ...(toOwner !== undefined && { toOwner }),
    ...(conversation !== undefined && { conversation }),
  };
}

function keyOf({ source, type, to, toOwner, conversation }: Addressed): string {
  return JSON.stringify([source, type, to, toOwner, conversation]);
}
