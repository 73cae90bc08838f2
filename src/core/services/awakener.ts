import type { Disposable } from "../../base/dispose.ts";
import { Scope } from "../../base/dispose.ts";
import type { PluginEvent } from "../../protocol/plugin/events.ts";
import type { EventBus } from "../events/bus.ts";
import { topicMatches } from "../events/topics.ts";

/** Events that wait for a plugin that is being started; older ones are dropped first. */
const waitingEvents = 200;

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
  readonly #waiting = new Map<string, PluginEvent[]>();

  constructor(parts: AwakenerParts) {
    this.#parts = parts;
  }

  watch(plugin: string, patterns: readonly string[]): Disposable {
    const scope = new Scope(`awakening ${plugin}`);
    for (const pattern of patterns) {
      scope.add(
        this.#parts.bus.on(pattern, (event, { to }) => {
          if (event.source === plugin || (to !== undefined && to !== plugin) || this.#parts.running(plugin)) return;
          const waiting = this.#waiting.get(plugin) ?? [];
          if (!waiting.includes(event)) waiting.push(event);
          this.#waiting.set(plugin, waiting.slice(-waitingEvents));
          this.#parts.start(plugin).catch(() => this.#waiting.delete(plugin));
        }),
      );
    }
    return scope;
  }

  /** What waited for a plugin and fits a pattern, as it may see it. */
  take(plugin: string, pattern: string): PluginEvent[] {
    const waiting = this.#waiting.get(plugin) ?? [];
    return waiting
      .filter(({ type }) => topicMatches(pattern, type))
      .flatMap((event) => this.#parts.view(event, plugin) ?? []);
  }

  forget(plugin: string): void {
    this.#waiting.delete(plugin);
  }
}
