import type { ListedOffer } from "../../protocol/plugin/offers.ts";
import type { OfferHandler } from "../offers.ts";
import { allOf, type Registration } from "../registrar.ts";
import type { CallOptions, Verbs } from "../verbs.ts";
import { type DeclaredSpec, declare, type Offering } from "./declared.ts";

/** Capabilities of whoever provides them. */
export interface ProviderCaller {
  /** Calls a method of a capability, or a capability that is one thing alone: `call("users", "get", {…})`, `call("llm.chat", {…})`. */
  call<Result = unknown>(
    capability: string,
    method: string,
    args?: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<Result>;
  call<Result = unknown>(capability: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Result>;
  /**
   * Who provides a capability or a method of it, method by method: of each first who would be called first. All
   * providers in no such order where none is named.
   */
  list(capability?: string): Promise<ListedOffer[]>;
}

type Args = Record<string, unknown>;
type Methods = Readonly<Record<string, OfferHandler<never>>>;

/** Several plugins may provide the same capability; a person or the load decides which is called. */
export interface Providers extends ProviderCaller {
  /** Provides a capability: a handler, or one for each method. The method `get` of `users` is the capability `users.get`. */
  register(capability: string, handler: OfferHandler<never> | Methods, spec?: DeclaredSpec): Registration;
}

export function providerCaller({ call, offers }: Pick<Verbs, "call" | "offers">): ProviderCaller {
  return {
    call(capability: string, ...rest: [string, Args?, CallOptions?] | [Args?, CallOptions?]) {
      if (typeof rest[0] !== "string") return call({ provides: capability }, ...(rest as [Args?, CallOptions?]));
      const [method, args, options] = rest as [string, Args?, CallOptions?];
      return call({ provides: `${capability}.${method}` }, args, options);
    },
    async list(capability) {
      const known = await offers({ facet: "provides" });
      if (capability === undefined) return known;
      const fits = (provided: string) => provided === capability || provided.startsWith(`${capability}.`);
      const provided = new Set(known.flatMap(({ facets }) => facets?.provides ?? []).filter(fits));
      // Only where one capability is asked for does the host list in the order of calling.
      return (await Promise.all([...provided].map((provides) => offers({ provides })))).flat();
    },
  };
}

export function createProviders(plugin: Offering & Pick<Verbs, "call">): Providers {
  const provide = (capability: string, handler: OfferHandler<never>, spec: DeclaredSpec) =>
    declare(plugin, { ...spec, name: capability, facets: { ...spec.facets, provides: capability } }, handler);
  return {
    ...providerCaller(plugin),
    register(capability, handler, spec = {}) {
      if (typeof handler === "function") return provide(capability, handler, spec);
      const methods = Object.entries(handler);
      return allOf(methods.map(([method, run]) => provide(`${capability}.${method}`, run, spec)));
    },
  };
}
