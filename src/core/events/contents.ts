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

/** To whom a content belongs: to an event, as it was published, and the one plugin that it was for, or to plugins by name. */
interface Belonging {
  readonly event?: PluginEvent;
  readonly to?: string | undefined;
  readonly readers?: readonly string[];
}

/** A content with the event that it belongs to, as it is kept over a reload of the window. */
export interface ContentRecord extends Content {
  readonly id: string;
  readonly createdAt: number;
  readonly event: PluginEvent;
  readonly to?: string | undefined;
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
  published(event: PluginEvent, to: string | undefined): void {
    for (const id of this.#fresh.splice(0)) {
      const kept = this.#kept.get(id);
      if (!kept) continue;
      kept.about = { event, to };
      const { store, now, failed } = this.#options;
      store.saveContent({ id, type: kept.type, text: kept.text, createdAt: now(), event, to }).catch(failed);
    }
  }

  /** Takes a value that these plugins may read, and answers what stands for it; under a name of its own, or a new one. */
  share(value: unknown, readers: readonly string[], reference = this.#options.nextId()): Reference {
    const content = contentOf(value);
    this.#keep(reference, content, { readers });
    return { $reference: reference, type: content.type, bytes: jsonBytes(value) };
  }

  /**
   * What a reference stands for, if the plugin may read it: one that it was shared with, the event's own source, or who still sees
   * the reference in the event.
   */
  async read(reference: string, plugin: string): Promise<Content | undefined> {
    let kept = this.#kept.get(reference);
    if (!kept) {
      const found = await this.#options.store.loadContent(reference);
      if (!found) return undefined;
      const { type, text, event, to } = found;
      kept = { type, text, about: { event, to } };
      this.#keep(reference, kept, kept.about);
    }
    return kept.about && this.#mayRead(reference, kept.about, plugin) ? kept : undefined;
  }

  #mayRead(reference: string, { event, to, readers }: Belonging, plugin: string): boolean {
    if (readers) return readers.includes(plugin);
    if (!event) return false;
    if (event.source === plugin) return true;
    if (to !== undefined && to !== plugin) return false;
    const data = this.#options.view(event, plugin)?.data;
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
