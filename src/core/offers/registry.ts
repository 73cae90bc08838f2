import { type Disposable, toDisposable } from "../../base/dispose.ts";
import { Emitter } from "../../base/emitter.ts";
import { asFailure, Failure } from "../../base/failure.ts";
import type { Acceptance } from "../../protocol/manifest.ts";
import type { Offer } from "../../protocol/plugin/offers.ts";
import type { ValidatorPort } from "../ports.ts";
import { acceptedCallers } from "./accepts.ts";
import type { CapabilityContracts, OfferChecks, Validate } from "./contracts.ts";
import { didYouMean, nearNames } from "./near.ts";

/** An offer with its plugin and its compiled schemas. `validate…` answer undefined, or what is wrong in one sentence. */
export interface KnownOffer extends OfferChecks {
  readonly plugin: string;
  readonly offer: Offer;
  /** Who may call it by the word of its own manifest, as patterns; undefined where everybody may. */
  readonly accepts: readonly string[] | undefined;
}

/** Why somebody is not there to be called, where there is more to say than the name. */
export interface WhyNot {
  readonly plugin: (name: string) => Failure | undefined;
  /** Plugins that would provide a capability, and why they do not. */
  readonly providers: (capability: string) => readonly { readonly plugin: string; readonly failure: Failure }[];
}

const noMoreToSay: WhyNot = { plugin: () => undefined, providers: () => [] };

/**
 * All offers of the window. Static ones come from manifests and stay while the plugin is installed; those of a run come
 * and go with its process and stand in front of a static one of the same name, with which they must agree on the action.
 */
export class OfferRegistry {
  readonly #validator: ValidatorPort;
  readonly #whyNot: WhyNot;
  readonly #contracts: CapabilityContracts | undefined;
  readonly #static = new Map<string, Map<string, KnownOffer>>();
  readonly #accepts = new Map<string, readonly Acceptance[]>();
  readonly #running = new Map<string, Map<string, KnownOffer>>();
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;

  constructor(validator: ValidatorPort, whyNot: WhyNot = noMoreToSay, contracts?: CapabilityContracts) {
    this.#validator = validator;
    this.#whyNot = whyNot;
    this.#contracts = contracts;
  }

  /** Replaces a plugin's static offers. Their schemas are looked at when they are needed. */
  setStatic(plugin: string, offers: readonly Offer[], accepts: readonly Acceptance[] = []): void {
    this.#accepts.set(plugin, accepts);
    this.#static.set(plugin, new Map(offers.map((offer) => [offer.name, this.#compile(plugin, offer)])));
    this.#changed.fire();
  }

  /** What its process has registered stays until that ends. */
  removeStatic(plugin: string): void {
    this.#static.delete(plugin);
    this.#accepts.delete(plugin);
    this.#changed.fire();
  }

  /**
   * Adds an offer of a running plugin, in the place of one that it registered under the same name before. Fails with
   * `conflict` where that one, or its manifest, gives the name another action, and with `invalidParams` or `tooLarge`
   * for a schema that is none.
   */
  add(plugin: string, offer: Offer): Disposable {
    const declared = this.#static.get(plugin)?.get(offer.name);
    const own = this.#running.get(plugin) ?? new Map<string, KnownOffer>();
    checkAction(plugin, offer, declared?.offer, own.get(offer.name)?.offer);
    this.#checkSchemas(plugin, offer, declared?.offer);
    const known = this.#compile(plugin, offer);
    this.#running.set(plugin, own);
    own.set(offer.name, known);
    this.#changed.fire();
    return toDisposable(() => {
      if (own.get(offer.name) !== known) return;
      own.delete(offer.name);
      if (own.size === 0 && this.#running.get(plugin) === own) this.#running.delete(plugin);
      this.#changed.fire();
    });
  }

  find(plugin: string, name: string): KnownOffer | undefined {
    return this.#running.get(plugin)?.get(name) ?? this.#static.get(plugin)?.get(name);
  }

  ofPlugin(plugin: string): KnownOffer[] {
    const merged = new Map([...(this.#static.get(plugin) ?? []), ...(this.#running.get(plugin) ?? [])]);
    return [...merged.values()];
  }

  plugins(): string[] {
    const running = [...this.#running].flatMap(([plugin, own]) => (own.size > 0 ? [plugin] : []));
    return [...new Set([...this.#static.keys(), ...running])].sort();
  }

  all(): KnownOffer[] {
    return this.plugins().flatMap((plugin) => this.ofPlugin(plugin));
  }

  /** Those of plugins that the person has not disabled: what a disabled one offers is still known, and no tool. */
  ofEnabled(): KnownOffer[] {
    const enabled = (plugin: string) => this.#whyNot.plugin(plugin)?.details?.reason !== "disabled";
    const plugins = new Set(this.plugins().filter(enabled));
    return this.all().filter(({ plugin }) => plugins.has(plugin));
  }

  providers(capability: string): KnownOffer[] {
    return this.all().filter(({ offer }) => offer.facets?.provides === capability);
  }

  /**
   * The offers behind a capability, in the order of their names. Fails with `notFound` where there are none, with who
   * would provide it.
   */
  providersOf(capability: string): KnownOffer[] {
    const found = this.providers(capability);
    if (found.length > 0) return found;
    const absent = this.#whyNot.providers(capability);
    const near = nearNames(
      capability,
      this.all().flatMap(({ offer }) => offer.facets?.provides ?? []),
    );
    const more = absent.length > 0 ? absent.map(({ failure }) => failure.message).join(" ") : didYouMean(near);
    throw new Failure("notFound", `No plugin provides "${capability}". ${more}`.trim(), {
      details: { reason: "noSuchCapability", near, absent: absent.map(({ plugin }) => plugin) },
      todo: absent[0]?.failure.todo ?? "Install or start a plugin that provides it.",
    });
  }

  /** The offer of that name. Fails with `notFound`, with near names, or with why the plugin is not there. */
  resolve(plugin: string, name: string): KnownOffer {
    const found = this.find(plugin, name);
    if (found) return found;
    if (!this.plugins().includes(plugin)) {
      const why = this.#whyNot.plugin(plugin);
      if (why) throw why;
      const near = nearNames(plugin, this.plugins());
      throw new Failure("notFound", `There is no plugin "${plugin}". ${didYouMean(near)}`.trim(), {
        details: { reason: "noSuchPlugin", near },
        todo: "Names are case-sensitive; offers/list tells what is there.",
      });
    }
    const near = nearNames(
      name,
      this.ofPlugin(plugin).map(({ offer }) => offer.name),
    );
    throw new Failure("notFound", `The plugin "${plugin}" has no offer "${name}". ${didYouMean(near)}`.trim(), {
      details: { reason: "noSuchOffer", near },
      todo: "offers/list tells what it offers; what only its code declares is there while it runs.",
    });
  }

  /** What stands in the manifest too is not looked at once more: its calls say what is wrong with it. */
  #checkSchemas(plugin: string, offer: Offer, declared: Offer | undefined): void {
    for (const side of ["input", "output"] as const) {
      const schema = offer[side];
      if (!schema || (declared?.[side] && JSON.stringify(declared[side]) === JSON.stringify(schema))) continue;
      try {
        this.#validator.check(schema);
      } catch (error) {
        const { kind, message, todo, details } = asFailure(error, "Looking at a JSON Schema");
        throw new Failure(kind, `The ${side} schema of ${plugin}/${offer.name} is refused. ${message}`, {
          todo,
          details,
          cause: error,
        });
      }
    }
  }

  #compile(plugin: string, offer: Offer): KnownOffer {
    const own = {
      validateInput: this.#validatorOf(plugin, offer, "input"),
      validateOutput: this.#validatorOf(plugin, offer, "output"),
    };
    return {
      plugin,
      offer,
      ...(this.#contracts?.over(plugin, offer, own) ?? own),
      accepts: acceptedCallers(this.#accepts.get(plugin), offer.name),
    };
  }

  /** Compiles on first use: most schemas of a window are never needed, and compiling is what costs. */
  #validatorOf(plugin: string, offer: Offer, side: "input" | "output"): Validate {
    const schema = offer[side];
    if (!schema) return () => undefined;
    let validate: Validate | undefined;
    return (value) => {
      if (!validate) {
        try {
          validate = this.#validator.compile(schema).validate;
        } catch (error) {
          throw new Failure(
            "unavailable",
            `The ${side} schema of ${plugin}/${offer.name} is not a JSON Schema that can be used: ${error instanceof Error ? error.message : error}`,
            {
              todo: "The plugin's author has to mend it.",
            },
          );
        }
      }
      return validate(value);
    };
  }
}

/** An action is part of what an offer is: under one name there is only one. */
function checkAction(plugin: string, { name, action }: Offer, declared?: Offer, registered?: Offer): void {
  if (declared && declared.action !== action) {
    throw new Failure(
      "conflict",
      `${plugin}/${name} is declared as "${declared.action}" in its manifest and registered as "${action}".`,
      { todo: "Give both the same action." },
    );
  }
  if (registered && registered.action !== action) {
    throw new Failure(
      "conflict",
      `${plugin}/${name} is registered as "${registered.action}", and now as "${action}".`,
      { todo: "Give both the same action." },
    );
  }
}
