import { type Disposable, toDisposable } from "../base/dispose.ts";
import { Failure } from "../base/failure.ts";
import { type ConfigError, configApplyArgs, configApplyOffer } from "../protocol/plugin/lifecycle.ts";
import type { LocalOffers } from "./offers.ts";

type Values = Readonly<Record<string, unknown>>;

/** What is wrong with new settings, by their names; the sentence goes on after the name, as in `{city: "is not on the map"}`. */
export type FieldErrors = Readonly<Record<string, string>>;

/** Looks at settings before they hold. Field errors, or a thrown `PluginError`, refuse them; then the old ones stay. */
export type ConfigHandler = (
  next: Values,
  changed: readonly string[],
) => FieldErrors | undefined | Promise<FieldErrors | undefined>;

/** The plugin's settings, with the defaults of its schema filled in; empty before `initialize`. */
export interface PluginConfig {
  get<Value = unknown>(key: string): Value | undefined;
  all(): Values;
  /**
   * Declares that the plugin takes new settings while it runs; without any handler a change waits for its next start. It must
   * be called before `start`. `get` and `all` answer the new values when every handler has agreed.
   */
  onChange(handler: ConfigHandler): Disposable;
}

/** Holds the settings and answers the host's `config.apply`. */
export class LocalConfig {
  readonly #offers: LocalOffers;
  readonly #handlers = new Set<ConfigHandler>();
  #values: Values = {};
  #begun = false;

  constructor(offers: LocalOffers) {
    this.#offers = offers;
  }

  readonly face: PluginConfig = {
    get: <Value>(key: string) =>
      (Object.hasOwn(this.#values, key) ? this.#values[key] : undefined) as Value | undefined,
    all: () => this.#values,
    onChange: (handler) => this.#add(handler),
  };

  /** What the host said in `initialize`. */
  begin(values: Values): void {
    this.#begun = true;
    this.#values = Object.freeze({ ...values });
  }

  #add(handler: ConfigHandler): Disposable {
    if (!this.#offers.has(configApplyOffer)) {
      if (this.#begun) throw new Error("Call config.onChange before start: the host has been told that there is none.");
      this.#offers.add(configApplyOffer, (args, { caller }) => this.#apply(args, caller));
    }
    this.#handlers.add(handler);
    return toDisposable(() => this.#handlers.delete(handler));
  }

  async #apply(args: unknown, caller: string): Promise<{ errors: ConfigError[] } | null> {
    if (caller !== "host") throw new Failure("denied", "Only the host changes the settings of a plugin.");
    const parsed = configApplyArgs.safeParse(args);
    if (!parsed.success) throw new Failure("invalidParams", "The arguments of config.apply do not fit.");
    const next = Object.freeze({ ...parsed.data.config });
    const errors: ConfigError[] = [];
    for (const handler of this.#handlers) {
      const refused = (await handler(next, parsed.data.changed)) ?? {};
      for (const [field, message] of Object.entries(refused))
        errors.push({ field, message: String(message).slice(0, 500) });
    }
    if (errors.length > 0) return { errors };
    this.#values = next;
    return null;
  }
}
