import type { ListedOffer } from "../../protocol/plugin/offers.ts";
import type { OfferHandler } from "../offers.ts";
import type { Registration } from "../registrar.ts";
import type { CallOptions, Verbs } from "../verbs.ts";
import { type DeclaredSpec, declare, type Offering } from "./declared.ts";

/** Commands of others. */
export interface CommandCaller {
  /** Runs `"plugin:command"` (also `"plugin/command"`) and answers its result. */
  execute<Result = unknown>(command: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Result>;
  /** The commands that are there, of all plugins. */
  list(): Promise<ListedOffer[]>;
}

/** Offers that a person finds in the palette and other plugins run by name. */
export interface Commands extends CommandCaller {
  /** Without a description it is the command that the manifest declares under that name, or else one of that name. */
  register<Args = Record<string, unknown>>(name: string, handler: OfferHandler<Args>): Registration;
  register<Args = Record<string, unknown>>(name: string, spec: DeclaredSpec, handler: OfferHandler<Args>): Registration;
}

export function commandCaller({ call, offers }: Pick<Verbs, "call" | "offers">): CommandCaller {
  return {
    execute: (command, args, options) => call(command, args, options),
    list: () => offers({ facet: "palette" }),
  };
}

export function createCommands(plugin: Offering & Pick<Verbs, "call">): Commands {
  return {
    ...commandCaller(plugin),
    register(name: string, ...rest: [OfferHandler<never>] | [DeclaredSpec, OfferHandler<never>]) {
      const [spec, handler] = rest.length === 1 ? [{}, rest[0]] : rest;
      return declare(plugin, { ...spec, name, facets: { palette: true, ...spec.facets } }, handler);
    },
  };
}
