import { isJsonObject } from "../../base/json.ts";
import type { PluginEvent } from "../../protocol/plugin/events.ts";
import type { StorePort } from "../ports.ts";
import { jsonBytes } from "./size.ts";

/** As many characters of what was too large are kept in memory; the oldest goes first. */
const keptCharacters = 64 * 1024 * 1024;

/** A text that stands for a value: a `string` as it is, anything else as JSON. */
export interface Content {
  readonly type: "string" | "object" | "array";
  readonly text: string;
}

/** Whose an event is, and whose it is to be, where it is for one plugin: by identity, and by name what rights go by. */
export interface Parties {
  readonly owner?: string | undefined;
  readonly to?: string | undefined;
  readonly toOwner?: string | undefined;
}

/** Who wants to read: its rights go by its name, what is its own by its identity. */
export interface Reader {
  readonly plugin: string;
  readonly owner: string;
}

/** To whom a content belongs: to an event, as it was published, or to plugins by their identities. */
interface Belonging extends Parties {
  readonly event?: PluginEvent;
  readonly readers?: readonly string[];
}

/** A content with the event that it belongs to, as it is kept over a reload of the window. */
export interface ContentRecord extends Content, Parties {
  readonly id: string;
  readonly createdAt: number;
  readonly event: PluginEvent;
}

/** What stands where a large value was. */
export interface Reference {
  readonly $reference: string;
  readonly type: Content["type"];
  readonly bytes: number;
}

export interface ContentsOptions {
  readonly nextId: () => string;
  /** What a plugin may see of an event. */
  readonly view: (event: PluginEvent, plugin: string) => PluginEvent | undefined;
  readonly now: () => number;
  readonly store: Pick<StorePort, "saveContent" | "loadContent">;
  /** Told when a content could not be kept: it then lasts as long as the window. */
  readonly failed: (error: unknown) => void;
  readonly most?: number;
}

type Kept = Content & { about: Belonging | undefined };

/**
 * What was too large to be sent, under the references that stand for it. The newest is in memory; what belongs to an event is also in
 * the store, and so outlives the window.
 */
export class Contents {
  readonly #options: ContentsOptions;
  readonly #kept = new Map<string, Kept>();
  #characters = 0;
  #fresh: string[] = [];

  constructor(options: ContentsOptions) {
    this.#options = options;
  }

  /** Takes a field of the event that is about to be published and answers its reference. */
  put(value: unknown): string {
    const reference = this.#options.nextId();
    this.#keep(reference, contentOf(value), undefined);
    this.#fresh.push(reference);
    return reference;
  }

  /** The event to which belongs what was put since the last one. */
  published(event: PluginEvent, parties: Parties): void {
    for (const id of this.#fresh.splice(0)) {
      const kept = this.#kept.get(id);
      if (!kept) continue;
      kept.about = { event, ...parties };
      const { store, now, failed } = this.#options;
      store.saveContent({ id, type: kept.type, text: kept.text, createdAt: now(), event, ...parties }).catch(failed);
    }
  }

  /**
   * Takes a value that plugins of these identities may read, and answers what stands for it; under a name of its own,
   * or a new one.
   */
  share(value: unknown, readers: readonly string[], reference = this.#options.nextId()): Reference {
    const content = contentOf(value);
    this.#keep(reference, content, { readers });
    return { $reference: reference, type: content.type, bytes: jsonBytes(value) };
  }

  /**
   * What a reference stands for, if the plugin may read it: one that it was shared with, the event's own source, or who still sees
   * the reference in the event.
   */
  async read(reference: string, reader: Reader): Promise<Content | undefined> {
    let kept = this.#kept.get(reference);
    if (!kept) {
      const found = await this.#options.store.loadContent(reference);
      if (!found) return undefined;
      const { type, text, event, owner, to, toOwner } = found;
      kept = { type, text, about: { event, owner, to, toOwner } };
      this.#keep(reference, kept, kept.about);
    }
    return kept.about && this.#mayRead(reference, kept.about, reader) ? kept : undefined;
  }

  #mayRead(reference: string, { event, owner, to, toOwner, readers }: Belonging, reader: Reader): boolean {
    if (readers) return readers.includes(reader.owner);
    if (!event) return false;
    if (owner === reader.owner) return true;
    if (to !== undefined && to !== reader.plugin) return false;
    if (toOwner !== undefined && toOwner !== reader.owner) return false;
    const data = this.#options.view(event, reader.plugin)?.data;
    const shown = isJsonObject(data) ? [data, ...Object.values(data)] : [];
    return shown.some((one) => isJsonObject(one) && one.$reference === reference);
  }

  #keep(reference: string, { type, text }: Content, about: Belonging | undefined): void {
    this.#characters += text.length - (this.#kept.get(reference)?.text.length ?? 0);
    this.#kept.delete(reference);
    this.#kept.set(reference, { type, text, about });
    for (const [oldest, { text: old }] of this.#kept) {
      if (this.#characters <= (this.#options.most ?? keptCharacters) || oldest === reference) break;
      this.#kept.delete(oldest);
      this.#characters -= old.length;
    }
  }
}

function contentOf(value: unknown): Content {
  if (typeof value === "string") return { type: "string", text: value };
  return { type: Array.isArray(value) ? "array" : "object", text: JSON.stringify(value) };
}
