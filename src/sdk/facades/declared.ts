import type { InitializeParams } from "../../protocol/plugin/lifecycle.ts";
import type { OfferHandler, OfferSpec } from "../offers.ts";
import { type Registration, registration } from "../registrar.ts";
import type { Verbs } from "../verbs.ts";

/** What may be said of an offer whose name and facets follow from the façade. */
export type DeclaredSpec = Partial<Omit<OfferSpec, "name">>;

/** What a façade needs to offer something. */
export interface Offering extends Pick<Verbs, "offers"> {
  offer(spec: string | OfferSpec, handler: OfferHandler<never>): Registration;
  onReady(run: () => unknown): void;
  readonly info: InitializeParams;
}

/**
 * Offers something. With a description it is declared at once. Without one, what the manifest says of that name holds; where that says
 * nothing either, it is declared when the host is ready, with its title or name as the description.
 */
export function declare(
  plugin: Offering,
  spec: DeclaredSpec & { name: string },
  handler: OfferHandler<never>,
): Registration {
  const { name, description = spec.title ?? name } = spec;
  const whole = { ...spec, description };
  if (spec.description !== undefined) return plugin.offer(whole, handler);
  let own = plugin.offer(name, handler);
  let over = false;
  const ready = new Promise<void>((resolve, reject) => {
    plugin.onReady(async () => {
      try {
        const known = await plugin.offers({ plugin: plugin.info.plugin.name });
        if (over || known.some((offer) => offer.name === name)) return resolve();
        own.dispose();
        own = plugin.offer(whole, handler);
        await own.ready;
        resolve();
      } catch (error) {
        reject(error);
      }
    });
  });
  ready.catch(() => {});
  return registration(ready, () => {
    over = true;
    own.dispose();
  });
}
