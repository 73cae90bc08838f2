import type { Clock } from "../../base/clock.ts";
import { Emitter } from "../../base/emitter.ts";
import { asFailure } from "../../base/failure.ts";
import type { StorePort } from "../ports.ts";

/** How long the same trouble is not said again, in milliseconds. */
const quietMs = 60_000;

/**
 * Tells the person that something could not be written: once for each trouble, though every write meets it, and again after
 * a minute in which it lasts. A store that is read-only has said so itself.
 */
export class WriteTrouble {
  readonly #store: Pick<StorePort, "readOnly">;
  readonly #clock: Clock;
  readonly #told = new Emitter<string>();
  readonly onTrouble = this.#told.event;
  #last: { text: string; at: number } | undefined;

  constructor(store: Pick<StorePort, "readOnly">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  note(error: unknown): void {
    if (this.#store.readOnly !== undefined) return;
    const { message, todo } = asFailure(error, "The store");
    const text = [message, todo].filter(Boolean).join(" ");
    const now = this.#clock.now();
    if (this.#last?.text === text && now - this.#last.at < quietMs) return;
    this.#last = { text, at: now };
    this.#told.fire(text);
  }
}
