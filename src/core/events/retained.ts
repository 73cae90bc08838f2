import type { PluginEvent } from "../../protocol/plugin/events.ts";

/** An event that is kept for subscribers to come. `to` is set where it is only for one. */
export interface RetainedEvent {
  readonly event: PluginEvent;
  readonly bytes: number;
  readonly to?: string;
}

interface Shelf {
  readonly events: Map<string, RetainedEvent>;
  bytes: number;
}

/** Events kept by key, for each source a limited number and size; over the limits a source loses its own oldest. */
export class Retained {
  readonly #limits: { readonly count: number; readonly bytes: number };
  readonly #onEvicted: (event: PluginEvent) => void;
  readonly #shelves = new Map<string, Shelf>();

  constructor(limits: { count: number; bytes: number }, onEvicted: (event: PluginEvent) => void = () => {}) {
    this.#limits = limits;
    this.#onEvicted = onEvicted;
  }

  /** Keeps an event in the place of the one that its source has under this key. */
  put(key: string, retained: RetainedEvent): void {
    const { source } = retained.event;
    let shelf = this.#shelves.get(source);
    if (!shelf) {
      shelf = { events: new Map(), bytes: 0 };
      this.#shelves.set(source, shelf);
    }
    this.delete(source, key);
    shelf.events.set(key, retained);
    shelf.bytes += retained.bytes;
    for (const [oldest, old] of shelf.events) {
      if (shelf.events.size <= this.#limits.count && shelf.bytes <= this.#limits.bytes) break;
      this.delete(source, oldest);
      this.#onEvicted(old.event);
    }
  }

  delete(source: string, key: string): void {
    const shelf = this.#shelves.get(source);
    const retained = shelf?.events.get(key);
    if (!shelf || !retained) return;
    shelf.events.delete(key);
    shelf.bytes -= retained.bytes;
  }

  *all(): Iterable<RetainedEvent> {
    for (const shelf of this.#shelves.values()) yield* shelf.events.values();
  }
}
