import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import { isJsonObject } from "../../base/json.ts";
import { firstIssue } from "../../core/plugins/issues.ts";
import { limits } from "../../protocol/limits.ts";
import { wellKnownCapabilities } from "../../protocol/plugin/capabilities.ts";
import { jsonObject, jsonSchema, offerName, pluginName } from "../../protocol/plugin/common.ts";
import type { InitializeResult } from "../../protocol/plugin/lifecycle.ts";
import { type Offer, offer } from "../../protocol/plugin/offers.ts";
import { protocolVersion } from "../../protocol/version.ts";

/** The envelopes of a plugin bus: JSON objects with a `type`, one per text frame. Fields that are not named here are ignored. */
const requestId = z.union([z.string().min(1).max(256), z.number().int()]);

export const registerEnvelope = z.object({
  type: z.literal("register"),
  plugin: pluginName,
  /** Where the plugin itself listens, for its own purposes; the host connects to nothing. */
  port: z.union([z.number().int().min(0).max(65_535), z.literal("internal")]),
  capabilities: z.array(z.string().min(1).max(64)).max(200),
  /** `version`, `description`, `wants` (rights, as in a manifest) and `offers` (more about a capability) are understood. */
  meta: jsonObject.optional(),
  configSchema: jsonSchema.optional(),
  token: z.string().max(512).optional(),
});
export type RegisterEnvelope = z.infer<typeof registerEnvelope>;

const pluginEnvelope = z.discriminatedUnion("type", [
  registerEnvelope,
  z.object({
    type: z.literal("health"),
    plugin: z.string(),
    status: z.enum(["up", "down", "degraded"]),
    detail: z.string().optional(),
  }),
  z.object({
    type: z.literal("request"),
    requestId,
    plugin: z.string().optional(),
    capability: z.string().min(1).max(160),
    payload: jsonObject.optional(),
  }),
  z.object({
    type: z.literal("response"),
    requestId,
    plugin: z.string().optional(),
    success: z.boolean(),
    data: z.unknown().optional(),
    error: z.unknown().optional(),
  }),
  z.object({
    type: z.literal("log"),
    plugin: z.string(),
    level: z.string().max(32),
    message: z.string(),
    timestamp: z.union([z.number(), z.string().max(64)]).optional(),
  }),
  z.looseObject({ type: z.literal("telemetry"), plugin: z.string() }),
]);
export type PluginEnvelope = z.infer<typeof pluginEnvelope>;

const types = pluginEnvelope.options.map(({ shape }) => shape.type.value);

/** Parses the text of one frame to an object. Fails with `parseError` or `invalidRequest`. */
export function readObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new Failure("parseError", "The message is not JSON.");
  }
  if (!isJsonObject(value)) throw new Failure("invalidRequest", "A message must be a JSON object.");
  const flaw =
    body.length >= 2 * limits.nesting || /__proto__|\\u/.test(body.toString("latin1")) ? flawIn(value, 1) : undefined;
  if (flaw) throw new Failure("invalidRequest", flaw);
  return value;
}

/**
 * Reads one envelope of the plugin `name`. Fails with `parseError`, `invalidRequest` for what is no envelope, `denied` for one
 * that names another plugin as its sender.
 */
export function readEnvelope(body: Buffer, name: string): PluginEnvelope {
  const object = readObject(body);
  if (!types.includes(object.type as PluginEnvelope["type"])) {
    const said = typeof object.type === "string" ? `the type "${object.type.slice(0, 64)}"` : "no type";
    throw new Failure("invalidRequest", `It is no envelope: it has ${said}; a plugin sends ${types.join(", ")}.`);
  }
  const parsed = pluginEnvelope.safeParse(object);
  if (!parsed.success) throw new Failure("invalidRequest", `It is no envelope: ${firstIssue(parsed.error, "it")}.`);
  const said = parsed.data.plugin;
  if (said === undefined || said === name) return parsed.data;
  throw new Failure("denied", `This connection is ${name}'s and cannot speak for another plugin.`);
}

/** The id under which the plugin waits for an answer, where what could not be read as an envelope is a request all the same. */
export function requestIdIn(body: Buffer): string | number | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (!isJsonObject(value) || value.type !== "request") return undefined;
    return requestId.safeParse(value.requestId).data;
  } catch {
    return undefined;
  }
}

const moreAboutOffers = z.record(z.string(), offer.partial().omit({ name: true }));

/** What a `register` envelope says, in the words of the channel: each capability is an offer of its name that provides it. */
export function statedBy(register: RegisterEnvelope): InitializeResult {
  const { plugin, capabilities, meta = {}, configSchema } = register;
  const more = moreAboutOffers.safeParse(meta.offers ?? {});
  if (!more.success) {
    throw new Failure("invalidParams", `meta.offers does not fit: ${firstIssue(more.error, "it")}.`);
  }
  const offers = [...new Set(capabilities)].map((capability): Offer => {
    if (!offerName.safeParse(capability).success) {
      throw new Failure("invalidParams", `"${capability}" cannot be a capability's name.`, {
        todo: "Use letters, digits, _ - . with a letter or digit at both ends.",
      });
    }
    const own = Object.hasOwn(more.data, capability) ? more.data[capability] : undefined;
    return {
      description: `Provides ${capability}.`,
      // Of a name that means nothing to the host it assumes that it changes something, and asks the person.
      action: wellKnownCapabilities.get(capability)?.action ?? "write",
      ...own,
      name: capability,
      facets: { ...own?.facets, provides: capability },
    };
  });
  const version = typeof meta.version === "string" ? meta.version.slice(0, 100) : undefined;
  return {
    protocolVersion,
    plugin: { name: plugin, ...(version === undefined ? {} : { version }) },
    capabilities: {},
    offers,
    meta,
    ...(configSchema ? { configSchema } : {}),
  };
}

/** Where a plugin's own request goes: `plugin/offer` to that offer, anything else to whoever provides it. */
export function targetOf(capability: string): { to: { plugin: string } | { provides: string }; name: string } {
  const slash = capability.indexOf("/");
  if (slash < 0) return { to: { provides: capability }, name: "" };
  return { to: { plugin: capability.slice(0, slash) }, name: capability.slice(slash + 1) };
}

/** The failure behind `success: false`: the plugin's words, bounded. */
export function failureOf(error: unknown): Failure {
  const text = isJsonObject(error) ? (error.message ?? error.error) : error;
  const words = typeof text === "string" && text.trim() !== "" ? text.trim().slice(0, 2_000) : undefined;
  return new Failure("internal", words ?? "The plugin failed and did not say why.");
}

/** What a plugin is told of a failure: a `Failure`'s own words, of any other error nothing. */
export function errorText(error: unknown): string {
  if (!(error instanceof Failure)) return "Parley failed; its own log has the details.";
  return error.todo ? `${error.message} ${error.todo}` : error.message;
}

function flawIn(value: object, depth: number): string | undefined {
  if (depth > limits.nesting) return `The message is nested deeper than ${limits.nesting}.`;
  for (const [key, item] of Object.entries(value)) {
    if (key === "__proto__") return 'The key "__proto__" is not allowed.';
    const flaw = typeof item === "object" && item !== null ? flawIn(item, depth + 1) : undefined;
    if (flaw) return flaw;
  }
  return undefined;
}
