import { SharedField } from "../../base/sharedField.ts";
import type { PluginEvent } from "../../protocol/plugin/events.ts";

/** So many different batches are compared with: subscribers that keep up get the same, the others a few. */
const remembered = 4;

/** Batches of events that several subscribers get alike are written once. */
export class SharedBatches {
  readonly #latest: { readonly events: readonly PluginEvent[]; readonly field: SharedField }[] = [];

  /** The field `events` of a delivery; the same one for the same events. */
  of(events: readonly PluginEvent[]): SharedField {
    for (const { events: known, field } of this.#latest) if (areSame(known, events)) return field;
    const field = new SharedField("events", events);
    // Those who get the same get it in the same task; nothing that was delivered is held on to.
    if (this.#latest.length === 0) queueMicrotask(() => this.#latest.splice(0));
    this.#latest.unshift({ events, field });
    if (this.#latest.length > remembered) this.#latest.pop();
    return field;
  }
}

function areSame(one: readonly PluginEvent[], other: readonly PluginEvent[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
