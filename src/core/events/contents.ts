import { isJsonObject } from "../../base/json.ts";
import type { PluginEvent } from "../../protocol/plugin/events.ts";

/** As many characters of what was too large for an event are kept; the oldest goes first. */
const keptCharacters = 64 * 1024 * 1024;

export interface Content {
  readonly type: "string" | "object" | "array";
  readonly text: string;
}

interface Kept extends Content {
  /** The event that it belongs to, as it was published, and the one plugin that it was for. */
  event: PluginEvent | undefined;
  to: string | undefined;
}

/** What was too large for events, under the references that stand for it. */
export class Contents {
  readonly #nextId: () => string;
  readonly #view: (event: PluginEvent, plugin: string) => PluginEvent | undefined;
  readonly #kept = new Map<string, Kept>();
  readonly #most: number;
  #characters = 0;
  #fresh: Kept[] = [];

  /** `view` answers what a plugin may see of an event. */
  constructor(
    nextId: () => string,
    view: (event: PluginEvent, plugin: string) => PluginEvent | undefined,
    most = keptCharacters,
  ) {
    this.#most = most;
    this.#nextId = nextId;
    this.#view = view;
  }

  /** Takes a field of the event that is about to be published and answers its reference. */
  put(value: unknown): string {
    const type = typeof value === "string" ? "string" : Array.isArray(value) ? "array" : "object";
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const kept: Kept = { type, text, event: undefined, to: undefined };
    const reference = this.#nextId();
    this.#kept.set(reference, kept);
    this.#fresh.push(kept);
    this.#characters += text.length;
    for (const [oldest, { text: old }] of this.#kept) {
      if (this.#characters <= this.#most || oldest === reference) break;
      this.#kept.delete(oldest);
      this.#characters -= old.length;
    }
    return reference;
  }

  /** The event to which belongs what was put since the last one. */
  published(event: PluginEvent, to: string | undefined): void {
    for (const kept of this.#fresh.splice(0)) Object.assign(kept, { event, to });
  }

  /** What a reference stands for, if the plugin may read it: the event's own source, or who still sees the reference in the event. */
  read(reference: string, plugin: string): Content | undefined {
    const kept = this.#kept.get(reference);
    if (!kept?.event) return undefined;
    if (kept.event.source === plugin) return kept;
    if (kept.to !== undefined && kept.to !== plugin) return undefined;
    const data = this.#view(kept.event, plugin)?.data;
    const shown = isJsonObject(data) ? [data, ...Object.values(data)] : [];
    return shown.some((one) => isJsonObject(one) && one.$reference === reference) ? kept : undefined;
  }
}
