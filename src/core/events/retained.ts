import type { PluginEvent } from "../../protocol/plugin/events.ts";

/** An event that is kept for subscribers to come. It is plain data, as it is stored. */
export interface RetainedEvent {
  /** The event's id. */
  readonly id: string;
  /** Whose it is: the identity of its source, which is not that of another plugin of the same name. */
  readonly owner: string;
  readonly event: PluginEvent;
  readonly bytes: number;
  /** The one plugin that it is for, by name, and its identity where it was there when the event was published. */
  readonly to?: string;
  readonly toOwner?: string;
  readonly dedupeKey?: string;
}

interface Shelf {
  readonly events: Map<string, RetainedEvent>;
  bytes: number;
}

/** Events kept by key, for each owner a limited number and size; over the limits an owner loses its own oldest. */
export class Retained {
  readonly #limits: (source: string) => { readonly count: number; readonly bytes: number };
  readonly #shelves = new Map<string, Shelf>();

  /** `limits` answers what a source may keep, asked each time. */
  constructor(limits: (source: string) => { count: number; bytes: number }) {
    this.#limits = limits;
  }

  /** Keeps an event in the place of the one that its owner has under this key; answers what had to go for it, the oldest first. */
  put(key: string, retained: RetainedEvent): { key: string; retained: RetainedEvent }[] {
    const { owner, event } = retained;
    const shelf: Shelf = this.#shelves.get(owner) ?? { events: new Map(), bytes: 0 };
    this.#shelves.set(owner, shelf);
    this.delete(owner, key);
    shelf.events.set(key, retained);
    shelf.bytes += retained.bytes;
    const { count, bytes } = this.#limits(event.source);
    const gone: { key: string; retained: RetainedEvent }[] = [];
    for (const [oldest, old] of shelf.events) {
      if (shelf.events.size <= count && shelf.bytes <= bytes) break;
      this.delete(owner, oldest);
      gone.push({ key: oldest, retained: old });
    }
    return gone;
  }

  /** Answers whether it was there. */
  delete(owner: string, key: string): boolean {
    const shelf = this.#shelves.get(owner);
    const retained = shelf?.events.get(key);
    if (!shelf || !retained) return false;
    shelf.events.delete(key);
    shelf.bytes -= retained.bytes;
    return true;
  }

  *all(): Iterable<RetainedEvent> {
    for (const shelf of this.#shelves.values()) yield* shelf.events.values();
  }

  /** Deletes what is about a conversation. */
  forget(conversation: string): void {
    for (const [owner, { events }] of this.#shelves)
      for (const [key, { event }] of events) if (event.conversation === conversation) this.delete(owner, key);
  }
}
