import type { KnownOffer } from "./registry.ts";

/** In a person's order of providers: all those that it does not name. */
const others = "*";

/** What the choice among several providers depends on, besides what their offers say. */
export interface ProviderFacts {
  /** The person's order for a capability, as `providerOrder` reads it. */
  readonly order: (capability: string) => readonly string[] | undefined;
  /** Whether a plugin cannot be used at this moment, or only after a pause. */
  readonly down: (plugin: string) => boolean;
  readonly bundled: (plugin: string) => boolean;
  /** Calls of the plugin that are in progress. */
  readonly load: (plugin: string) => number;
}

/**
 * What the setting `parley.providers` says of a capability: the plugins that may provide it, the first to try first.
 * `*` stands for all that are not named; without it those are not asked. Undefined where it says nothing that can be
 * used.
 */
export function providerOrder(setting: unknown, capability: string): readonly string[] | undefined {
  if (typeof setting !== "object" || setting === null || !Object.hasOwn(setting, capability)) return undefined;
  const said: unknown = (setting as Record<string, unknown>)[capability];
  const names = (Array.isArray(said) ? said : [said]).filter((name) => typeof name === "string" && name !== "");
  return names.length === 0 ? undefined : names;
}

/**
 * The providers of a capability in the order in which they are tried: those that can be used now first, then by the
 * person's order, the higher priority, those that are not part of Parley before those that are, the fewer calls in
 * progress, and by name.
 */
export function rankProviders(
  capability: string,
  providers: readonly KnownOffer[],
  { order, down, bundled, load }: ProviderFacts,
): KnownOffer[] {
  const wanted = order(capability);
  const placeOf = (plugin: string) => {
    if (!wanted) return 0;
    const named = wanted.indexOf(plugin);
    return named >= 0 ? named : wanted.indexOf(others);
  };
  return providers
    .map((known) => ({ known, place: placeOf(known.plugin), load: load(known.plugin) }))
    .filter(({ place }) => place >= 0)
    .sort(
      (one, other) =>
        Number(down(one.known.plugin)) - Number(down(other.known.plugin)) ||
        one.place - other.place ||
        (other.known.offer.priority ?? 0) - (one.known.offer.priority ?? 0) ||
        Number(bundled(one.known.plugin)) - Number(bundled(other.known.plugin)) ||
        one.load - other.load ||
        byName(one.known, other.known),
    )
    .map(({ known }) => known);
}

function byName(one: KnownOffer, other: KnownOffer): number {
  const [a, b] = [`${one.plugin}/${one.offer.name}`, `${other.plugin}/${other.offer.name}`];
  return a < b ? -1 : a > b ? 1 : 0;
}
