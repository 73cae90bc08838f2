import * as z from "zod";
import { jsonObject, jsonSchema, offerAction, offerName, params, pluginName } from "./common.ts";

/** Who sees an offer besides other plugins. */
export const facets = z.object({
  /** A tool of the agent. */
  agent: z.boolean().optional(),
  /** A command in the palette. */
  palette: z.boolean().optional(),
  /** The capability that it provides, for example `llm.chat`; several offers may provide one. */
  provides: z.string().min(1).max(128).optional(),
  /** A point that others may intercept as `<plugin>:<name>`: its plugin calls it itself to pass it. */
  point: z.boolean().optional(),
});

/** A prompt and the arguments that it stands for. `{word}` in the prompt stands for the argument of that name. */
export const offerExample = z.object({ prompt: z.string().min(1).max(500), args: jsonObject });
export type OfferExample = z.infer<typeof offerExample>;

/** The facets by name. */
export const facetName = facets.keyof();

/** Something that a plugin can be asked to do. `timeout` in milliseconds; `input` and `output` are JSON Schemas. */
export const offer = z.object({
  name: offerName,
  title: z.string().max(100).optional(),
  description: z.string().min(1).max(4_000),
  input: jsonSchema.optional(),
  output: jsonSchema.optional(),
  action: offerAction,
  timeout: z.number().int().min(1).max(7_200_000).optional(),
  streaming: z.boolean().optional(),
  /** With `facets.provides`: the higher, the earlier it is chosen among several providers; 0 where it is not said. */
  priority: z.number().int().min(-100).max(100).optional(),
  /** How many calls of it may be in progress at a time; others wait in turn. Without it only the channel bounds them. */
  concurrency: z.number().int().min(1).max(64).optional(),
  facets: facets.optional(),
  examples: z.array(offerExample).max(50).optional(),
});
export type Offer = z.infer<typeof offer>;

/** What the host knows of an offer and tells others. */
export const listedOffer = offer.extend({
  plugin: pluginName,
  version: z.string().optional(),
  state: z.enum(["running", "startable", "unavailable"]),
  reason: z.string().optional(),
  /** Calls of its plugin that are in progress, whoever makes them. */
  load: z.number().int().nonnegative().optional(),
  /** Whether whoever lists it may call it: yes, after the person was asked, or not. */
  may: z.enum(["allow", "ask", "deny"]).optional(),
  /** The rule that settles `may`; `accepts:<plugin>` where it is the target's own manifest that refuses. */
  rule: z.string().optional(),
});
export type ListedOffer = z.infer<typeof listedOffer>;

/**
 * `offers/list` (plugin → host): all offers of the plugins that are let in, by plugin, capability and facet where they
 * are named. Those that the caller may not call are listed too, and marked in `may`. Providers of one capability stand
 * in the order in which a call tries them.
 */
export const listOffersParams = params({
  plugin: z.string().max(64).optional(),
  provides: z.string().max(128).optional(),
  facet: facetName.optional(),
});
export const listOffersResult = z.object({ offers: z.array(listedOffer), plugins: z.array(z.string()) });
