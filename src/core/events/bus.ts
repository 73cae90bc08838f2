import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/dispose.ts";
import { Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import type { Logger } from "../../base/logger.ts";
import { limits as defaults, type Limits } from "../../protocol/limits.ts";
import type { PluginEvent, Subscription } from "../../protocol/plugin/events.ts";
import type { JournalRow } from "../journal/records.ts";
import { Account } from "./account.ts";
import { type Addressed, Audience, type Hearer, isMeant } from "./audience.ts";
import type { Parties } from "./contents.ts";
import type { Lost } from "./losses.ts";
import { type Deliver, type Item, Mailbox } from "./mailbox.ts";
import { Past } from "./past.ts";
import { checkAddress, detailsOf, type EventDetails, keyOf, type Publication, rowOf } from "./publication.ts";
import { RecentKeys } from "./recent.ts";
import type { RetainedEvent } from "./retained.ts";
import type { Loss, RetainedRecord, RetainedRows } from "./retainedRows.ts";
import { shrink } from "./shrink.ts";
import { eventBytes, jsonBytes } from "./size.ts";
import { TopicIndex } from "./topicIndex.ts";
import { hostSource } from "./topics.ts";

export { hostSource };

export type HostListener = (event: PluginEvent, details: EventDetails) => void;

export interface EventBusOptions {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** The number of the first event: one more than the journal's last. */
  readonly firstSeq?: number;
  /** The limits that are in force for a plugin, asked each time. */
  readonly limits?: (plugin: string) => Limits;
  /** Every event, once, in order; called inside `publish`, so it must only take note. */
  readonly onJournal: (row: JournalRow, details: EventDetails) => void;
  /**
   * What a subscriber may see of events, asked when some are about to be delivered, so that a right that was revoked
   * meanwhile holds: the event, a copy with less in it, or undefined for nothing.
   */
  readonly viewer?: (subscriber: string) => (event: PluginEvent) => PluginEvent | undefined;
  /** Takes a field that is too large for an event and answers the reference that stands for it. */
  readonly putContent?: (value: unknown) => string;
  /** The event to which belongs what was put since the last one. */
  readonly onShrunk?: (event: PluginEvent, parties: Parties) => void;
  /** The identity of the plugin that has a name now; undefined where there is none. */
  readonly ownerOf?: (plugin: string) => string | undefined;
  /** Where it outlives the window what is kept; without it nothing does. */
  readonly rows?: RetainedRows;
}

/** An event that a plugin missed, and for whom it was. */
export type MissedEvent = Pick<RetainedEvent, "event" | "to">;

/**
 * Topics and who listens. Publishing never waits: each subscription has a queue with limits of its own, so a subscriber
 * that is slow, stuck or failing hurts nobody else.
 */
export class EventBus {
  readonly #options: EventBusOptions;
  readonly #audience: Audience;
  readonly #listeners = new TopicIndex<HostListener>();
  readonly #accounts = new Map<string, Account>();
  readonly #past: Past;
  /** Events that are being written down before they are told, by their ids. */
  readonly #storing = new Map<string, Promise<void>>();
  readonly #recent = new RecentKeys();
  #nextSeq: number;

  constructor(options: EventBusOptions) {
    this.#options = options;
    this.#nextSeq = options.firstSeq ?? 1;
    this.#past = new Past(options);
    this.#audience = new Audience({
      ...(options.viewer && { viewer: options.viewer }),
      failed: (error) => this.#logFault("The redaction of an event failed, so it is withheld", error),
    });
  }

  /**
   * Publishes an event. `delivered` counts the subscriptions of plugins that it was queued for.
   * @throws Failure `denied` when a plugin publishes to a topic of the host, `invalidParams` when `to` and `inbox` do not go together,
   * `callDepth` when too many events led to it
   */
  publish(publication: Publication): { eventId: string; delivered: number } {
    const { source, owner: whose = this.#options.ownerOf?.(source) ?? source, dedupeKey } = publication;
    checkAddress(publication);
    if (publication.hops) this.#checkHops(publication);
    const recentKey = dedupeKey === undefined ? undefined : keyOf(publication, dedupeKey);
    const known = recentKey === undefined ? undefined : this.#recent.get(whose, recentKey);
    if (known !== undefined) return { eventId: known, delivered: 0 };
    const eventId = this.#options.ids.next("event");
    if (recentKey !== undefined) this.#recent.put(whose, recentKey, eventId);
    const { event, bytes } = this.#stamp(publication);
    if (publication.latest) this.#keepLatest(publication, this.#retained(publication, eventId, event, bytes));
    return { eventId, delivered: this.#tell(publication, eventId, event, bytes) };
  }

  /**
   * Publishes an event that is kept until a subscription with `ack` acknowledged it. It is on disk before anybody hears
   * of it and before this resolves; where it cannot be written nothing was published.
   * @throws what `publish` throws, and the store's failure
   */
  async publishKept(publication: Publication): Promise<{ eventId: string; delivered: number }> {
    const { source, owner: whose = this.#options.ownerOf?.(source) ?? source, dedupeKey } = publication;
    checkAddress(publication);
    this.#checkHops(publication);
    const recentKey = dedupeKey === undefined ? undefined : keyOf(publication, dedupeKey);
    const known = recentKey === undefined ? undefined : this.#recent.get(whose, recentKey);
    if (known !== undefined) {
      await this.#storing.get(known);
      return { eventId: known, delivered: 0 };
    }
    const eventId = this.#options.ids.next("event");
    if (recentKey !== undefined) this.#recent.put(whose, recentKey, eventId);
    const { event, bytes } = this.#stamp(publication);
    const retained = this.#retained(publication, eventId, event, bytes);
    const saved = this.#past.save(retained);
    if (saved) {
      this.#storing.set(eventId, saved);
      try {
        await saved;
      } catch (error) {
        if (recentKey !== undefined) this.#recent.delete(whose, recentKey);
        throw error;
      } finally {
        this.#storing.delete(eventId);
      }
    }
    this.#past.keep(retained);
    if (publication.latest) this.#keepLatest(publication, retained);
    return { eventId, delivered: this.#tell(publication, eventId, event, bytes, retained.toOwner) };
  }

  /** Takes in what an earlier window left, and hands what is kept to who listens already. */
  restore(records: readonly RetainedRecord[]): void {
    for (const { event, bytes, owner, to, toOwner, id, dedupeKey } of this.#past.restore(records)) {
      this.#nextSeq = Math.max(this.#nextSeq, event.seq + 1);
      if (dedupeKey !== undefined) this.#recent.put(owner, keyOf({ type: event.type, to }, dedupeKey), id);
      for (const { spec, mailbox } of this.#audience.of({ event, to, toOwner }))
        if (spec.whenSlow === "ack") mailbox.push(event, bytes, to);
    }
  }

  /** Whether something is kept that a plugin has not acknowledged, and that fits a pattern. */
  waitsFor(plugin: string, pattern: string): boolean {
    return this.#past.waitsFor(plugin, pattern);
  }

  /** A conversation was deleted: nothing is kept of it. */
  forgetConversation(conversation: string): void {
    this.#past.forget(conversation);
  }

  /**
   * Delivers to a plugin what it subscribed to, first what is kept for it and what it `missed` while it was being started, until
   * disposed. The right was decided before.
   */
  subscribe({
    subscriber,
    spec,
    deliver,
    owner,
    missed = { events: [], lost: undefined },
  }: {
    subscriber: string;
    spec: Subscription;
    deliver: Deliver;
    /** The identity of the subscriber. */
    owner?: string;
    missed?: { readonly events: readonly MissedEvent[]; readonly lost: Lost | undefined };
  }): Disposable {
    const account = this.#accounts.get(subscriber) ?? new Account(() => this.#limitsOf(subscriber).eventQueueBytes);
    this.#accounts.set(subscriber, account);
    const mailbox = new Mailbox({
      account,
      limits: () => this.#limitsOf(subscriber),
      deliver,
      whenSlow: spec.whenSlow ?? "dropOldest",
      viewer: () => this.#audience.viewerOf(subscriber),
      onAcknowledged: (events, lost) => {
        this.#past.acknowledged(events);
        if (lost) this.#past.told(untold.splice(0));
      },
      onFailed: (cause) => {
        const error = cause instanceof Error ? cause.message : String(cause);
        this.#options.logger.log("warn", "A delivery of events failed; they count as lost.", {
          subscriber,
          topic: spec.topic,
          error,
        });
      },
      ...(spec.group !== undefined && { handOver: (items) => this.#audience.handOver(subscribed, items) }),
    });
    const subscribed: Hearer = { subscriber, owner, spec, mailbox };
    const { events, losses } = this.#replay(subscribed, missed.events);
    const untold = losses.map((loss) => ({ loss, count: loss.lost.count }));
    mailbox.begin(events, [missed.lost, ...losses.map(({ lost }) => lost)]);
    const entry = this.#audience.add(subscribed);
    return toDisposable(() => {
      entry.dispose();
      mailbox.close();
      if (account.empty && this.#accounts.get(subscriber) === account) this.#accounts.delete(subscriber);
    });
  }

  /** Calls a listener of the host's own at once with every event that fits, direct messages too. */
  on(pattern: string, listener: HostListener): Disposable {
    return this.#listeners.add(pattern, (event, details) => listener(event, details));
  }

  /** Whether a plugin or the host itself listens for a topic now. */
  hears(type: string): boolean {
    return this.#audience.has(type) || this.#listeners.has(type);
  }

  /** Whether a plugin listens for a topic now. */
  reaches(type: string, subscriber: string): boolean {
    return this.#audience.includes(type, subscriber);
  }

  /** Bytes that wait for a subscriber or are on their way to it. */
  backlogBytes(subscriber: string): number {
    return this.#accounts.get(subscriber)?.bytes ?? 0;
  }

  #limitsOf(plugin: string): Limits {
    return this.#options.limits?.(plugin) ?? defaults;
  }

  /** Handlers that publish what they hear, alone or in a circle, come to an end. */
  #checkHops({ type, source, hops = 0 }: Publication): void {
    const most = this.#limitsOf(source).eventHops;
    if (hops <= most) return;
    throw new Failure(
      "callDepth",
      `The event "${type}" of ${source} comes of ${hops} events, each published by the handler of the one before.`,
      {
        details: { topic: type, hops, most },
        todo: "Do not publish an event from its own handler, nor in a circle; end the chain, or go on by a call.",
      },
    );
  }

  #stamp(publication: Publication): { event: PluginEvent; bytes: number } {
    const { type, source, data: given, conversation, hops } = publication;
    const limit = this.#limitsOf(source).eventBytes;
    let data = given;
    let bytes = jsonBytes(data, limit);
    if (bytes > limit) {
      data = shrink(data, limit, this.#options.putContent ?? (() => this.#options.ids.next("content")));
      bytes = jsonBytes(data);
    }
    const event: PluginEvent = { seq: this.#nextSeq++, type, source, timestamp: this.#options.clock.now(), data };
    if (conversation !== undefined) event.conversation = conversation;
    if (hops) event.hops = hops;
    if (data !== given) this.#options.onShrunk?.(event, this.#partiesOf(publication));
    return { event, bytes: eventBytes(event, bytes) };
  }

  #partiesOf({ source, owner, to }: Publication): Parties & { readonly owner: string } {
    const { ownerOf } = this.#options;
    const toOwner = to === undefined ? undefined : ownerOf?.(to);
    return {
      owner: owner ?? ownerOf?.(source) ?? source,
      ...(to !== undefined && { to }),
      ...(toOwner !== undefined && { toOwner }),
    };
  }

  #retained(publication: Publication, id: string, event: PluginEvent, bytes: number): RetainedEvent {
    const { dedupeKey } = publication;
    return { id, event, bytes, ...this.#partiesOf(publication), ...(dedupeKey !== undefined && { dedupeKey }) };
  }

  #keepLatest({ latest, type, to }: Publication, retained: RetainedEvent): void {
    this.#past.putLatest(`${type} ${to ?? ""} ${latest === true ? "" : latest}`, retained);
  }

  /** Journals an event and hands it to all who listen; answers how many subscriptions of plugins those are. */
  #tell(publication: Publication, eventId: string, event: PluginEvent, bytes: number, toOwner?: string): number {
    const { to } = publication;
    const details = detailsOf(publication, eventId);
    this.#guarded("The journal did not take an event", () => this.#options.onJournal(rowOf(event, details), details));
    const hearers = this.#audience.of(to === undefined ? { event } : { event, to, toOwner });
    for (const { mailbox } of hearers) mailbox.push(event, bytes, to);
    for (const listener of this.#listeners.match(event.type)) {
      this.#guarded("A listener of the host failed", () => listener(event, details));
    }
    return hearers.length;
  }

  /** What a new subscription hears of the past, in order. A group that has members has heard it already. */
  #replay(newcomer: Hearer, missed: readonly MissedEvent[]): { events: Item[]; losses: readonly Loss[] } {
    const { group } = newcomer.spec;
    const { events, losses } = this.#past.of(newcomer);
    const isNew = (one: Addressed) => group === undefined || !this.#audience.hasGroup(group, one);
    const found = new Map<PluginEvent, Item>(events.filter(isNew).map((one) => [one.event, one]));
    for (const { event, to } of missed) {
      if (found.has(event) || !isMeant(newcomer, to === undefined ? { event } : { event, to })) continue;
      // While it was being started another of its group may have come, and had it.
      if (group !== undefined && this.#audience.had(group, event)) continue;
      found.set(event, { event, to, bytes: eventBytes(event, jsonBytes(event.data)) });
    }
    if (group !== undefined) for (const event of found.keys()) this.#audience.gave(group, event);
    return {
      events: [...found.values()].sort((one, other) => one.event.seq - other.event.seq),
      losses: losses.filter(({ type, conversation, to, toOwner }) =>
        isNew({ event: { type, ...(conversation !== undefined && { conversation }) }, to, toOwner }),
      ),
    };
  }

  #guarded(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#logFault(what, error);
    }
  }

  #logFault(what: string, error: unknown): void {
    this.#options.logger.log("error", what, { error: error instanceof Error ? error.message : String(error) });
  }
}
