import type { Disposable } from "../../base/dispose.ts";
import { Scope } from "../../base/dispose.ts";
import { limits } from "../../protocol/limits.ts";
import type { EventBus, MissedEvent } from "../events/bus.ts";
import { Losses, type Lost } from "../events/losses.ts";
import { eventBytes, jsonBytes } from "../events/size.ts";
import { topicMatches } from "../events/topics.ts";

/** Events that wait for a plugin that is being started, and their bytes; older ones are dropped first, and counted by their topic. */
const waitingEvents = 200;
const waitingBytes = limits.eventQueueBytes;
/** As many topics are told apart of what was dropped; events of yet others are told to each subscription, whoever they were for. */
const mostTopics = 1_000;
const otherTopics = "";

interface Waiting {
  /** For whom: another plugin of its name, which may come while this one is being started, gets none of it. */
  readonly owner: string | undefined;
  readonly events: MissedEvent[];
  /** Of each event, in the same order. */
  readonly sizes: number[];
  bytes: number;
  readonly dropped: Map<string, Losses>;
}

/** What a plugin did not hear while it was being started. */
export interface Missed {
  readonly events: readonly MissedEvent[];
  readonly lost: Lost | undefined;
}

interface Watched {
  readonly plugin: string;
  readonly patterns: readonly string[];
  /** Those of them under which the plugin acknowledges nothing. */
  readonly forgetful: readonly string[];
}

export interface AwakenerParts {
  readonly bus: EventBus;
  readonly running: (plugin: string) => boolean;
  readonly start: (plugin: string) => Promise<unknown>;
  /** The identity of the plugin that has a name now. */
  readonly ownerOf?: (plugin: string) => string | undefined;
}

/**
 * Starts a plugin when a topic of its `onTopic:` rules is published, and keeps what it would have heard meanwhile, so that
 * being lazy costs no event.
 */
export class Awakener {
  readonly #parts: AwakenerParts;
  readonly #waiting = new Map<string, Waiting>();
  readonly #watched = new Set<Watched>();

  constructor(parts: AwakenerParts) {
    this.#parts = parts;
  }

  /** Also starts it, soon, where something is kept that it has not acknowledged, except for what is published under `forgetful`. */
  watch(plugin: string, patterns: readonly string[], forgetful: readonly string[] = []): Disposable {
    const scope = new Scope(`awakening ${plugin}`);
    const own: Watched = { plugin, patterns, forgetful };
    this.#watched.add(own);
    queueMicrotask(() => this.#startForKept(own));
    scope.add({ dispose: () => void this.#watched.delete(own) });
    for (const pattern of patterns) {
      scope.add(
        this.#parts.bus.on(pattern, (event, { to }) => {
          if (event.source === plugin || (to !== undefined && to !== plugin) || this.#parts.running(plugin)) return;
          this.#keep(plugin, to === undefined ? { event } : { event, to });
          this.#parts.start(plugin).catch(() => this.#waiting.delete(plugin));
        }),
      );
    }
    return scope;
  }

  /** Something was kept that nobody has acknowledged: who waits for it is started. */
  startForKept(): void {
    for (const own of this.#watched) this.#startForKept(own);
  }

  /** Whether a plugin is started, where it does not run, when this is published. */
  wakes(plugin: string, topic: string): boolean {
    return [...this.#watched].some(
      (one) => one.plugin === plugin && one.patterns.some((pattern) => topicMatches(pattern, topic)),
    );
  }

  /** What waited for a plugin and fits a pattern, and what was dropped of it. */
  take(plugin: string, pattern: string): Missed {
    const { events = [], dropped = new Map<string, Losses>() } = this.#waitingFor(plugin) ?? {};
    const losses = new Losses();
    for (const [type, ofType] of dropped) {
      const lost = type === otherTopics || topicMatches(pattern, type) ? ofType.take() : undefined;
      if (!lost) continue;
      losses.add(lost);
      ofType.add(lost);
    }
    return { events: events.filter(({ event }) => topicMatches(pattern, event.type)), lost: losses.take() };
  }

  #waitingFor(plugin: string): Waiting | undefined {
    const waiting = this.#waiting.get(plugin);
    return waiting?.owner === this.#parts.ownerOf?.(plugin) ? waiting : undefined;
  }

  forget(plugin: string): void {
    this.#waiting.delete(plugin);
  }

  #startForKept(own: Watched): void {
    const { plugin, patterns, forgetful } = own;
    const { bus, running, start } = this.#parts;
    if (!this.#watched.has(own) || running(plugin)) return;
    if (!patterns.some((pattern) => !forgetful.includes(pattern) && bus.waitsFor(plugin, pattern))) return;
    start(plugin).catch(() => {});
  }

  #keep(plugin: string, missed: MissedEvent): void {
    const owner = this.#parts.ownerOf?.(plugin);
    const nothing: Waiting = { owner, events: [], sizes: [], bytes: 0, dropped: new Map() };
    const waiting = this.#waitingFor(plugin) ?? nothing;
    this.#waiting.set(plugin, waiting);
    const { events, sizes, dropped } = waiting;
    if (events.some(({ event }) => event === missed.event)) return;
    const bytes = eventBytes(missed.event, jsonBytes(missed.event.data));
    events.push(missed);
    sizes.push(bytes);
    waiting.bytes += bytes;
    while (events.length > waitingEvents || waiting.bytes > waitingBytes) {
      const oldest = events.shift()?.event;
      waiting.bytes -= sizes.shift() ?? 0;
      if (!oldest) return;
      const type = dropped.has(oldest.type) || dropped.size < mostTopics ? oldest.type : otherTopics;
      const losses = dropped.get(type) ?? new Losses();
      dropped.set(type, losses);
      losses.addEvent(oldest.seq);
    }
  }
}
