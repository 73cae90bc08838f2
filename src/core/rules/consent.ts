import type { Offer } from "../../protocol/plugin/offers.ts";
import type { Want } from "../../protocol/rules.ts";
import type { StorePort } from "../ports.ts";
import type { RightsHolder } from "./grants.ts";

/** The state in which consents are kept: an owner that no plugin can have. */
const place = { owner: "parley:consent", scope: "everywhere" } as const;

type ConsentStore = Pick<StorePort, "getState" | "setState" | "deleteState">;
type Asking = Pick<RightsHolder, "key" | "wants" | "readOffers" | "reach">;

/**
 * Which plugins a person has let in, each with the wants and the offers that were on the sheet. A plugin that wants more than
 * that asks again; one that wants less does not.
 */
export class Consents {
  readonly #store: ConsentStore;
  readonly #given = new Map<string, ReadonlySet<string>>();

  constructor(store: ConsentStore) {
    this.#store = store;
  }

  /** Reads what was decided about a plugin. Until then it counts as not let in. */
  async load({ key }: Asking): Promise<void> {
    const before = this.#given.get(key);
    const kept = await this.#store.getState(place.owner, place.scope, key);
    // Given or withdrawn meanwhile: that is newer than what was read.
    if (this.#given.get(key) !== before) return;
    const wants: unknown = kept && JSON.parse(kept.value);
    if (Array.isArray(wants)) this.#given.set(key, new Set(wants.map(String)));
    else this.#given.delete(key);
  }

  has(asking: Asking): boolean {
    const given = this.#given.get(asking.key);
    return given !== undefined && textsOf(asking).every((text) => given.has(text));
  }

  /** Counts at once; the promise resolves when it is on disk. */
  async give(asking: Asking): Promise<void> {
    const { key } = asking;
    const texts = textsOf(asking);
    this.#given.set(key, new Set(texts));
    await this.#store.setState(place.owner, place.scope, key, JSON.stringify(texts));
  }

  async withdraw({ key }: Pick<Asking, "key">): Promise<void> {
    this.#given.delete(key);
    await this.#store.deleteState(place.owner, place.scope, key);
  }
}

function textsOf({ wants, readOffers, reach = [] }: Asking): string[] {
  const reads = readOffers === "all" ? [] : readOffers;
  return [
    ...wants.map(({ verb, target, action }) => [verb, target, action ?? ""].join(" ")),
    ...reads.map((name) => `reads ${name}`),
    ...reach.map((line) => `process ${line}`),
  ];
}

/** What the sheet says of a manifest's offers: what the agent may call without asking, and which capabilities are provided. */
export function offersForAgent(offers: readonly Offer[]): { reads: Offer[]; provides: Offer[] } {
  const provides = offers.filter(({ facets }) => facets?.provides !== undefined);
  const reads = offers.filter(
    ({ action, facets }) => action === "read" && (facets?.agent === true || facets?.provides !== undefined),
  );
  return { reads, provides };
}

/** The four words of the consent sheet, with what falls under each. */
export const consentWords = ["listens", "speaks", "acts", "spends"] as const;
export type ConsentWord = (typeof consentWords)[number];

const words: Record<Want["verb"], ConsentWord> = {
  subscribe: "listens",
  read: "listens",
  intercept: "listens",
  message: "speaks",
  publish: "speaks",
  offer: "speaks",
  wake: "acts",
  call: "acts",
  act: "acts",
  state: "acts",
  spend: "spends",
};

/** Under which of the four words a verb falls; none for the wildcard. */
export function wordOfVerb(verb: string): ConsentWord | undefined {
  return (words as Partial<Record<string, ConsentWord>>)[verb];
}

/** A plugin's wants by the four words, in their order; words with nothing under them are left out. */
export function consentSheet(wants: readonly Want[]): { word: ConsentWord; wants: Want[] }[] {
  return consentWords
    .map((word) => ({ word, wants: wants.filter(({ verb }) => words[verb] === word) }))
    .filter(({ wants: own }) => own.length > 0);
}
