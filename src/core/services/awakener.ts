import type { Disposable } from "../../base/dispose.ts";
import { Scope } from "../../base/dispose.ts";
import type { PluginEvent } from "../../protocol/plugin/events.ts";
import type { EventBus } from "../events/bus.ts";
import { Losses, type Lost } from "../events/losses.ts";
import { topicMatches } from "../events/topics.ts";

/** Events that wait for a plugin that is being started; older ones are dropped first, and counted by their topic. */
const waitingEvents = 200;

interface Waiting {
  readonly events: PluginEvent[];
  readonly dropped: Map<string, Losses>;
}

export interface AwakenerParts {
  readonly bus: EventBus;
  readonly running: (plugin: string) => boolean;
  readonly start: (plugin: string) => Promise<unknown>;
  readonly view: (event: PluginEvent, plugin: string) => PluginEvent | undefined;
}

/**
 * Starts a plugin when a topic of its `onTopic:` rules is published, and keeps what it would have heard meanwhile, so that
 * being lazy costs no event.
 */
export class Awakener {
  readonly #parts: AwakenerParts;
  readonly #waiting = new Map<string, Waiting>();
  readonly #watched = new Set<{ readonly plugin: string; readonly patterns: readonly string[] }>();

  constructor(parts: AwakenerParts) {
    this.#parts = parts;
  }

  watch(plugin: string, patterns: readonly string[]): Disposable {
    const scope = new Scope(`awakening ${plugin}`);
    const own = { plugin, patterns };
    this.#watched.add(own);
    scope.add({ dispose: () => void this.#watched.delete(own) });
    for (const pattern of patterns) {
      scope.add(
        this.#parts.bus.on(pattern, (event, { to }) => {
          if (event.source === plugin || (to !== undefined && to !== plugin) || this.#parts.running(plugin)) return;
          this.#keep(plugin, event);
          this.#parts.start(plugin).catch(() => this.#waiting.delete(plugin));
        }),
      );
    }
    return scope;
  }

  /** Whether a plugin is started, where it does not run, when this is published. */
  wakes(plugin: string, topic: string): boolean {
    return [...this.#watched].some(
      (one) => one.plugin === plugin && one.patterns.some((pattern) => topicMatches(pattern, topic)),
    );
  }

  /** What waited for a plugin and fits a pattern, as it may see it, and what was dropped of it. */
  take(plugin: string, pattern: string): { events: PluginEvent[]; lost: Lost | undefined } {
    const { events = [], dropped = new Map<string, Losses>() } = this.#waiting.get(plugin) ?? {};
    const losses = new Losses();
    for (const [type, ofType] of dropped) {
      const lost = topicMatches(pattern, type) ? ofType.take() : undefined;
      if (!lost) continue;
      losses.add(lost);
      ofType.add(lost);
    }
    const seen = events
      .filter(({ type }) => topicMatches(pattern, type))
      .flatMap((event) => this.#parts.view(event, plugin) ?? []);
    return { events: seen, lost: losses.take() };
  }

  forget(plugin: string): void {
    this.#waiting.delete(plugin);
  }

  #keep(plugin: string, event: PluginEvent): void {
    const waiting: Waiting = this.#waiting.get(plugin) ?? { events: [], dropped: new Map() };
    this.#waiting.set(plugin, waiting);
    const { events, dropped } = waiting;
    if (events.includes(event)) return;
    events.push(event);
    const oldest = events.length > waitingEvents ? events.shift() : undefined;
    if (!oldest) return;
    const losses = dropped.get(oldest.type) ?? new Losses();
    dropped.set(oldest.type, losses);
    losses.addEvent(oldest.seq);
  }
}
