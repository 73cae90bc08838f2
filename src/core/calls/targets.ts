import { asFailure, type Failure } from "../../base/failure.ts";
import type { Limits } from "../../protocol/limits.ts";
import type { KnownOffer, OfferRegistry } from "../offers/registry.ts";
import type { ActiveCall } from "./activeCall.ts";
import { checkChain } from "./chain.ts";
import { checkAction } from "./checks.ts";
import type { ProviderChoice } from "./providerChoice.ts";
import { mayTryNext, ProviderTrail } from "./trail.ts";
import type { CallRequest } from "./types.ts";

export interface CallTargetsParts {
  readonly offers: Pick<OfferRegistry, "resolve">;
  readonly providers: Pick<ProviderChoice, "ranked">;
  /** The limits that are in force for a plugin. */
  readonly limits: (plugin: string) => Limits;
  /** Fails with `overloaded` where no more calls may run in the background at a plugin. */
  readonly checkBackground: (plugin: string) => void;
}

/** Whom a call is made to: the offer that it names, or one provider of a capability after another. */
export class CallTargets {
  readonly #parts: CallTargetsParts;

  constructor(parts: CallTargetsParts) {
    this.#parts = parts;
  }

  /**
   * The offer that a call begins with, and of a call by capability the trail of its providers. Fails with `notFound`,
   * as `#check` does, or with what kept all providers from it.
   */
  first(request: CallRequest, parent: ActiveCall | undefined): { known: KnownOffer; trail: ProviderTrail | undefined } {
    const { to, name } = request;
    if ("provides" in to) {
      const trail = new ProviderTrail(to.provides, this.#parts.providers.ranked(to.provides));
      return { known: this.#nextOf(trail, request, parent), trail };
    }
    const known = this.#parts.offers.resolve(to.plugin, name);
    this.#check(known, request, parent);
    return { known, trail: undefined };
  }

  /** The provider that a call goes on with after a failure; undefined where it must not. Fails with all reasons where none is left. */
  next(call: ActiveCall, failure: Failure): KnownOffer | undefined {
    const { trail, known, request, parent } = call;
    if (!trail || !mayTryNext(call, failure)) return undefined;
    trail.failed(known, failure);
    return this.#nextOf(trail, request, parent);
  }

  /** The next provider that may be called at this place of the chain. Fails with what kept all of them from it. */
  #nextOf(trail: ProviderTrail, request: CallRequest, parent: ActiveCall | undefined): KnownOffer {
    for (let known = trail.next(); known; known = trail.next()) {
      try {
        this.#check(known, request, parent);
        return known;
      } catch (error) {
        trail.failed(known, asFailure(error, "Choosing a provider"));
      }
    }
    throw trail.exhausted();
  }

  /** Fails with `invalidParams`, `callDepth` or, in the background, `overloaded`. */
  #check({ plugin, offer }: KnownOffer, { action, detach }: CallRequest, parent: ActiveCall | undefined): void {
    checkAction(plugin, offer, action);
    checkChain(parent, plugin, offer.name, this.#parts.limits(plugin).callDepth);
    if (detach === true) this.#parts.checkBackground(plugin);
  }
}
