import { asFailure, Failure } from "../base/failure.ts";
import { isThenable } from "../base/thenable.ts";
import { errorCodes } from "../protocol/codes.ts";
import type { CallParams } from "../protocol/plugin/calls.ts";
import type { OfferAction } from "../protocol/plugin/common.ts";
import { configApplyOffer } from "../protocol/plugin/lifecycle.ts";
import type { Offer } from "../protocol/plugin/offers.ts";
import type { Incoming } from "../rpc/types.ts";
import { ArrivedCall } from "./arrived.ts";
import type { Channel } from "./channel.ts";
import type { CallFacades } from "./facades/facades.ts";
import { type Registrar, type Registration, registration } from "./registrar.ts";
import type { Verbs } from "./verbs.ts";

/** An offer as its author writes it; `action` is `read` where it is left out. */
export type OfferSpec = Omit<Offer, "action"> & { action?: OfferAction };

/** A call that arrived, and the verbs bound to it: what they send belongs to this call and ends with it. */
export interface Call extends Omit<Verbs, "conversation">, CallFacades {
  /** Who calls, as the host says: `agent`, `person`, `plugin:<name>`. */
  readonly caller: string;
  readonly conversation: string | undefined;
  readonly turn: string | undefined;
  readonly callId: string | undefined;
  /** Aborted when the caller no longer wants the answer. */
  readonly signal: AbortSignal;
  progress(value: { message?: string; percentage?: number }): void;
  /**
   * Sends a piece of a streaming result. The promise resolves when the piece has left, which is when whoever calls has taken enough
   * of those before; wait for it before making the next. It rejects with `cancelled` when nobody wants the rest.
   */
  partial(value: unknown): Promise<void>;
}

/**
 * Answers a call. An expected failure is thrown as a `PluginError`: its kind and message reach the caller. Any other error is
 * a fault of the plugin: the caller only learns that it happened, the plugin's log gets the details.
 */
export type OfferHandler<Args> = (args: Args, call: Call) => unknown;

interface LocalOffer {
  readonly provides: string | undefined;
  readonly handler: OfferHandler<never>;
}

/** The plugin's own offers by name. */
export class LocalOffers {
  readonly #offers = new Map<string, LocalOffer>();
  readonly #channel: Channel;
  readonly #registrar: Registrar;
  readonly #onFault: (what: string, error: unknown) => void;

  constructor(channel: Channel, registrar: Registrar, onFault: (what: string, error: unknown) => void) {
    this.#channel = channel;
    this.#registrar = registrar;
    this.#onFault = onFault;
  }

  /** A name alone stands for an offer that the manifest declares; it is not declared again. */
  add<Args>(spec: string | OfferSpec, handler: OfferHandler<Args>): Registration {
    const name = typeof spec === "string" ? spec : spec.name;
    if (this.#offers.has(name)) throw new Error(`The plugin already has an offer named "${name}".`);
    const provides = typeof spec === "string" ? undefined : spec.facets?.provides;
    this.#offers.set(name, { provides, handler: handler as OfferHandler<never> });
    const remove = () => void this.#offers.delete(name);
    if (typeof spec === "string") return registration(Promise.resolve(), remove);
    const told = this.#registrar.add({ offer: { action: "read", ...spec } });
    return registration(told.ready, () => {
      remove();
      told.dispose();
    });
  }

  has(name: string): boolean {
    return this.#offers.has(name);
  }

  /** Answers a call of the host's, at once where the handler does; undefined results become null, which JSON can say. */
  handle(params: CallParams, incoming: Incoming): unknown {
    const { name, handler } = this.#find(params);
    const failed = (error: unknown) => this.#failureOf(name, incoming, error);
    try {
      const result = handler(params.args as never, new ArrivedCall(this.#channel, incoming));
      if (!isThenable(result)) return resultOf(result, incoming);
      const checked = (value: unknown) => {
        try {
          return resultOf(value, incoming);
        } catch (error) {
          throw failed(error);
        }
      };
      return result.then(checked, (error) => {
        throw failed(error);
      });
    } catch (error) {
      throw failed(error);
    }
  }

  #failureOf(name: string, { cancellation }: Incoming, error: unknown): Failure {
    if (error instanceof Failure && Object.hasOwn(errorCodes, error.kind)) return error;
    if (cancellation.aborted) return new Failure("cancelled", "The call was cancelled.");
    const unknown = error instanceof Failure ? `, with a failure of the kind "${error.kind}", which there is not` : "";
    this.#onFault(`The offer "${name}" failed${unknown}`, error);
    return new Failure("internal", `The plugin failed while it ran "${name}".`, {
      todo: "This is a fault of the plugin; its log has the details.",
      cause: asFailure(error, name),
    });
  }

  #find({ to, name }: CallParams): { name: string; handler: OfferHandler<never> } {
    const byName = this.#offers.get(name);
    if (byName) return { name, handler: byName.handler };
    if ("provides" in to) {
      for (const [own, offer] of this.#offers)
        if (offer.provides === to.provides) return { name: own, handler: offer.handler };
    }
    if (name === configApplyOffer) {
      throw new Failure("notNegotiated", "The plugin takes no new settings while it runs.", {
        todo: "Restart the plugin.",
      });
    }
    throw new Failure("notFound", `The plugin has no offer named "${name}".`, {
      todo: "Call one of the offers in `data.near`; what only plugin.json names, declare in code: a point with `hooks.declare`.",
      details: { near: [...this.#offers.keys()].slice(0, 20) },
    });
  }
}

function resultOf(result: unknown, { cancellation }: Incoming): unknown {
  if (cancellation.aborted) throw new Failure("cancelled", "The call was cancelled.");
  if (typeof result === "function" || typeof result === "symbol")
    throw new TypeError(`It answered a ${typeof result}, which JSON cannot say.`);
  return result ?? null;
}
