import * as z from "zod";

/** A plugin's name: 1–64 of `a-z0-9-.`, alphanumeric at both ends, no `--`, no `..` (Agent Plugins 1.0.0). */
export const pluginName = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^(?!.*(?:--|\.\.))[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/,
    "must be 1–64 of a-z 0-9 - . with a letter or digit at both ends",
  );

/** An offer's name inside its plugin: letters, digits, `_`, `-`, `.`; at most 64. */
export const offerName = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/,
    "must be letters, digits, _ - . with a letter or digit at both ends",
  );

/** What an offer does to the world; part of the offer's identity, never the caller's claim. */
export const offerAction = z.enum(["create", "read", "write", "delete"]);
export type OfferAction = z.infer<typeof offerAction>;

/** A topic: dot-separated tokens. */
export const topic = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/, "must be dot-separated tokens of letters, digits, _ and -");

/** A pattern over topics: `*` stands for one token, `>` as the last token for one or more. */
export const topicPattern = z
  .string()
  .min(1)
  .max(256)
  .regex(
    /^(?:>|(?:[A-Za-z0-9_-]+|\*)(?:\.(?:[A-Za-z0-9_-]+|\*))*(?:\.>)?)$/,
    "must be a topic in which a token may be * and the last one >",
  );

/**
 * What travels beside the params. `conversation`, `turn` and `callId` are stamped by the host on whatever happens inside
 * one; a plugin that sends something on behalf of a call sends that call's `callId` back. `deadlineMs` is what is left of
 * the time, in milliseconds; it only shrinks on the way. `traceparent` and `tracestate` are W3C Trace Context: whoever sends
 * something on inside a handler sends back what came with it; the host takes no other word about where in a trace something stands.
 */
export const meta = z.object({
  conversation: z.string().max(128).optional(),
  turn: z.string().max(128).optional(),
  callId: z.string().max(128).optional(),
  caller: z.string().max(256).optional(),
  deadlineMs: z.number().int().nonnegative().optional(),
  progressToken: z.union([z.string().max(128), z.number().int()]).optional(),
  traceparent: z.string().max(64).optional(),
  tracestate: z.string().max(512).optional(),
  /**
   * How many events led there. In what the handler of an event sends: one more than the event's own `hops`; in what is
   * sent inside a call or an intercept: as many as that came with.
   */
  hops: z.number().int().positive().max(1_000_000).optional(),
});
export type Meta = z.infer<typeof meta>;

/** Any JSON Schema. An offer is refused where it is none; it is compiled when it is needed first. */
export const jsonSchema = z.record(z.string(), z.unknown());
export type JsonSchema = z.infer<typeof jsonSchema>;

export const jsonObject = z.record(z.string(), z.unknown());

/** Params of every method may carry `_meta`. */
export function params<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object({ ...shape, _meta: meta.optional() });
}

export const empty = z.object({ _meta: meta.optional() });
