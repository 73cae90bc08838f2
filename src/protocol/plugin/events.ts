import * as z from "zod";
import { jsonObject, params, topic, topicPattern } from "./common.ts";

/** What a plugin wants to hear. A subscription that acknowledges gets `deliver` as a request: its answer is the credit. */
export const subscription = z.object({
  topic: topicPattern,
  /** Of the subscribers that name the same group, one hears each event. */
  group: z.string().min(1).max(64).optional(),
  /** What happens when the plugin is too slow. Default `dropOldest`. */
  whenSlow: z.enum(["latest", "dropOldest", "ack"]).optional(),
  /** Only events about this conversation. */
  conversation: z.string().max(128).optional(),
});
export type Subscription = z.infer<typeof subscription>;

/** `publish` (plugin → host). `to` with the topic `inbox` is a direct message that reaches only that plugin. */
export const publishParams = params({
  topic,
  data: z.unknown(),
  to: z.string().min(1).max(64).optional(),
  /** Show it in the activity section. */
  show: z.boolean().optional(),
  /** Keep the last one for late subscribers. */
  latest: z.boolean().optional(),
  /** Keep it until a subscriber acknowledged it. */
  keep: z.boolean().optional(),
  dedupeKey: z.string().min(1).max(256).optional(),
});
export const publishResult = z.object({ eventId: z.string() });

/** One event. `source` is the publisher's plugin name, or `host`; the host stamps it. `timestamp` in ms since the epoch. */
export const pluginEvent = z.object({
  seq: z.number().int().nonnegative(),
  type: z.string(),
  source: z.string(),
  timestamp: z.number(),
  data: z.unknown(),
  conversation: z.string().optional(),
  /** How many events led to it; what its handler publishes says one more in `_meta.hops`. */
  hops: z.number().int().positive().optional(),
});
export type PluginEvent = z.infer<typeof pluginEvent>;

/** `deliver` (host → plugin): at most 100 events of one subscription in order; `lost` counts exactly what was dropped. */
export const deliverParams = params({
  subscription: z.string(),
  events: z.array(pluginEvent).max(100),
  lost: z.object({ from: z.number(), to: z.number(), count: z.number().int().positive() }).optional(),
});
export type DeliverParams = z.infer<typeof deliverParams>;

/**
 * The name of the offer that takes answers to direct messages, of a plugin that asks for them. Plugins may call it
 * without a grant.
 */
export const replyOffer = "inbox.reply";

/** What a direct message carries besides its own fields where an answer is wanted: the offer to call with {@link replyArgs}. */
export const replyWish = z.object({ replyTo: z.string().min(3).max(130), requestId: z.string().min(1).max(128) });

/** What that offer is called with: the answer, or why there is none. */
export const replyArgs = z.object({
  requestId: z.string().min(1).max(128),
  reply: z.unknown().optional(),
  error: z
    .object({
      kind: z.string().max(64),
      message: z.string().max(4_000),
      todo: z.string().max(4_000).optional(),
      /** For a program; they come to whoever asked as the details of its failure. */
      details: jsonObject.optional(),
    })
    .optional(),
});
export type ReplyArgs = z.infer<typeof replyArgs>;
