import * as z from "zod";
import { empty, jsonObject, jsonSchema, params, pluginName } from "./common.ts";
import { subscription } from "./events.ts";
import { interceptSpec } from "./intercepts.ts";
import { offer } from "./offers.ts";

/** What a side can do beyond the base; nothing that is not in both is sent. */
export const capabilities = z.object({
  progress: z.boolean().optional(),
  detachedCalls: z.boolean().optional(),
  /** Pieces of a result are sent as far as `$/credit` allows, and credit is given for them. */
  streaming: z.boolean().optional(),
  /** Results over `limits.resultBytes` come as a reference, for `content/get`. */
  references: z.boolean().optional(),
  intercepts: z.boolean().optional(),
  state: z.boolean().optional(),
  conversation: z.boolean().optional(),
  configApply: z.boolean().optional(),
});
export type Capabilities = z.infer<typeof capabilities>;

/** What the host of this build can do. */
export const hostCapabilities = {
  progress: true,
  detachedCalls: true,
  references: true,
  streaming: true,
  intercepts: true,
  state: true,
  conversation: true,
} as const satisfies Capabilities;

/**
 * `initialize` (host → plugin, once, first, answered within 30 s). Paths are absolute. `epoch` counts the runs of this plugin in
 * this window, from 1. `processId` is the host's; a plugin whose host is gone should end.
 */
export const initializeParams = params({
  protocolVersion: z.number().int(),
  host: z.object({ name: z.string(), version: z.string(), tools: z.object({ ripgrep: z.string().optional() }) }),
  processId: z.number().int().nullable(),
  plugin: z.object({
    id: pluginName,
    name: z.string(),
    version: z.string(),
    root: z.string(),
    dataDir: z.string(),
    runDir: z.string(),
  }),
  epoch: z.number().int().positive(),
  workspaceFolders: z.array(z.object({ uri: z.string(), name: z.string(), path: z.string() })),
  capabilities,
  grants: z.array(z.object({ verb: z.string(), target: z.string(), action: z.string().optional() })),
  limits: z.record(z.string(), z.number()),
  config: jsonObject,
  trace: z.enum(["off", "messages", "verbose"]),
  locale: z.string(),
});
export type InitializeParams = z.infer<typeof initializeParams>;

/** The plugin chooses the handles of what it declares here; the host uses them from then on, as those that `register` answers. */
export const initializeResult = z.object({
  protocolVersion: z.number().int(),
  plugin: z.object({ name: z.string(), version: z.string().optional() }),
  capabilities: capabilities.default({}),
  offers: z
    .array(offer.extend({ handle: z.string().max(128).optional() }))
    .max(500)
    .optional(),
  subscriptions: z
    .array(subscription.extend({ handle: z.string().max(128).optional() }))
    .max(500)
    .optional(),
  intercepts: z
    .array(interceptSpec.extend({ handle: z.string().max(128).optional() }))
    .max(100)
    .optional(),
  configSchema: jsonSchema.optional(),
  meta: jsonObject.optional(),
});
export type InitializeResult = z.infer<typeof initializeResult>;

/** A setting that is not right, by its name; "" stands for the configuration as a whole. `message` goes on after the name. */
export const configError = z.object({ field: z.string().max(200), message: z.string().min(1).max(500) });
export type ConfigError = z.infer<typeof configError>;

/** The name of the offer that the host calls when the settings of a running plugin change; only the host may. */
export const configApplyOffer = "config.apply";

/** The arguments of `config.apply`: the whole configuration with its secrets, and the names of what is new in it. */
export const configApplyArgs = z.object({ config: jsonObject, changed: z.array(z.string()) });

/** What `config.apply` answers: nothing, or what it does not take; then all of the old configuration stays in force. */
export const configApplyResult = z.union([z.null(), z.object({ errors: z.array(configError).max(100).optional() })]);

/** `initialized` (host → plugin): the answer was accepted; from here the plugin may send. */
export const initializedParams = empty;
/** `shutdown` (host → plugin, 1.5 s): finish and answer. Then `exit`: leave. */
export const shutdownParams = empty;
export const exitParams = empty;
/** `$/ping` (both): answer at once. */
export const pingParams = empty;
/** `$/setTrace` (both). */
export const setTraceParams = params({ value: z.enum(["off", "messages", "verbose"]) });
