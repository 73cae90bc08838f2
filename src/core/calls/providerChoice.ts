import { Failure } from "../../base/failure.ts";
import { type ProviderFacts, rankProviders } from "../offers/providers.ts";
import type { KnownOffer, OfferRegistry } from "../offers/registry.ts";

/** Who answers a call by capability, in the order in which a call made now would try them. */
export class ProviderChoice {
  readonly #offers: Pick<OfferRegistry, "providersOf">;
  readonly #facts: Omit<ProviderFacts, "load"> | undefined;
  readonly #loads: () => ReadonlyMap<string, number>;

  /** `loads`: how many calls of each plugin are in progress. Without `facts` the names alone decide. */
  constructor(
    offers: Pick<OfferRegistry, "providersOf">,
    facts: Omit<ProviderFacts, "load"> | undefined,
    loads: () => ReadonlyMap<string, number>,
  ) {
    this.#offers = offers;
    this.#facts = facts;
    this.#loads = loads;
  }

  /** All that may be tried, at least one. Fails with `notFound`. */
  ranked(capability: string): KnownOffer[] {
    const found = this.#offers.providersOf(capability);
    const ranked = this.order(capability, found);
    if (ranked.length > 0) return ranked;
    const named = this.#facts?.order(capability)?.join(", ");
    const others = found.map(({ plugin }) => plugin).join(", ");
    throw new Failure(
      "notFound",
      `The setting parley.providers has "${capability}" come from ${named}, which does not provide it; ${others} would.`,
      {
        details: { reason: "noSuchCapability", near: [] },
        todo: "Change the setting, or start the plugin that it names.",
      },
    );
  }

  /** Providers of a capability in their order, without those that the person's order leaves out. */
  order(capability: string, found: readonly KnownOffer[]): KnownOffer[] {
    if (!this.#facts) return [...found];
    const loads = found.length > 1 ? this.#loads() : undefined;
    return rankProviders(capability, found, { ...this.#facts, load: (plugin) => loads?.get(plugin) ?? 0 });
  }
}
