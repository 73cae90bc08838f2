import type { Disposable } from "../../base/dispose.ts";
import type { PluginEvent, Subscription } from "../../protocol/plugin/events.ts";
import { GroupTurns } from "./groups.ts";
import type { Item, Mailbox } from "./mailbox.ts";
import { TopicIndex } from "./topicIndex.ts";

/** What counts of an event for who hears it. */
export interface Addressed {
  readonly event: Pick<PluginEvent, "type" | "conversation">;
  readonly to?: string | undefined;
  readonly toOwner?: string | undefined;
}

/** A subscription of a plugin, with the identity of that plugin and the queue of its events. */
export interface Hearer {
  readonly subscriber: string;
  readonly owner: string | undefined;
  readonly spec: Subscription;
  readonly mailbox: Mailbox;
}

type View = (event: PluginEvent) => PluginEvent | undefined;

export interface AudienceOptions {
  /** What a subscriber may see of events, asked each time. */
  readonly viewer?: (subscriber: string) => View;
  /** That could not be said: the event is withheld. */
  readonly failed: (error: unknown) => void;
}

/** How many members of a group may in turn fail to take an event before it counts as lost. */
const mostHanded = 4;

/** The subscriptions of plugins: who hears an event, and in a group which member does. */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #hearers = new TopicIndex<Hearer>();
  readonly #groups = new GroupTurns();

  constructor(options: AudienceOptions) {
    this.#options = options;
  }

  add(hearer: Hearer): Disposable {
    return this.#hearers.add(hearer.spec.topic, hearer);
  }

  /** Whether a plugin listens for a topic. */
  has(type: string): boolean {
    return this.#hearers.has(type);
  }

  /** Whether this plugin does. */
  includes(type: string, subscriber: string): boolean {
    return this.#hearers.match(type).some((one) => one.subscriber === subscriber);
  }

  /** Who hears an event: everybody without a group, and of each group the member with the least to do, in turn. */
  of(addressed: Addressed & { readonly event: PluginEvent }): Hearer[] {
    const matching = this.#hearers.match(addressed.event.type).filter((one) => isMeant(one, addressed));
    if (matching.every(({ spec }) => spec.group === undefined)) return matching;
    const groups = new Map<string, Hearer[]>();
    const hearers: Hearer[] = [];
    for (const one of matching) {
      if (one.spec.group === undefined) hearers.push(one);
      else if (this.#sees(one, addressed.event))
        groups.set(one.spec.group, [...(groups.get(one.spec.group) ?? []), one]);
    }
    for (const [group, members] of groups) {
      this.#groups.gave(group, addressed.event);
      hearers.push(...this.#groups.choose(group, members));
    }
    return hearers;
  }

  hasGroup(group: string, addressed: Addressed): boolean {
    return this.#hearers
      .match(addressed.event.type)
      .some((other) => other.spec.group === group && isMeant(other, addressed));
  }

  /** A member of the group gets the event, in another way than by `of`. */
  gave(group: string, event: PluginEvent): void {
    this.#groups.gave(group, event);
  }

  /** Whether a member of the group had the event. */
  had(group: string, event: PluginEvent): boolean {
    return this.#groups.had(group, event);
  }

  /**
   * Gives what a member of a group did not take to the others, each event to one; answers what nobody got. What was
   * handed on a few times goes no further, so that members that all fail do not toss it about.
   */
  handOver(from: Hearer, items: readonly Item[]): Item[] {
    const { group = "" } = from.spec;
    return items.filter(({ event, bytes, to, handed = 0 }) => {
      const others = this.#hearers
        .match(event.type)
        .filter(
          (one) =>
            one !== from &&
            one.spec.group === group &&
            isMeant(one, to === undefined ? { event } : { event, to }) &&
            this.#sees(one, event),
        );
      const [next] = handed < mostHanded ? this.#groups.choose(group, others) : [];
      next?.mailbox.push(event, bytes, to, handed + 1);
      return next === undefined;
    });
  }

  /** What a subscriber may see of events now. A redaction that fails hides the event. */
  viewerOf(subscriber: string): View {
    const see = this.#options.viewer?.(subscriber);
    if (!see) return (event) => event;
    return (event) => {
      try {
        return see(event);
      } catch (error) {
        this.#options.failed(error);
        return undefined;
      }
    };
  }

  /** What a member of a group may not hear any more is another's. */
  #sees({ subscriber }: Hearer, event: PluginEvent): boolean {
    return this.viewerOf(subscriber)(event) !== undefined;
  }
}

/** Whether an event of its topic is meant for a subscription. */
export function isMeant({ subscriber, owner, spec }: Hearer, { event, to, toOwner }: Addressed): boolean {
  if (to !== undefined && to !== subscriber) return false;
  // While a plugin is replaced by one of its name from elsewhere, both run.
  if (toOwner !== undefined && owner !== undefined && toOwner !== owner) return false;
  return spec.conversation === undefined || spec.conversation === event.conversation;
}
