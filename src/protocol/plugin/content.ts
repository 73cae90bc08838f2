import * as z from "zod";
import { params } from "./common.ts";

/**
 * `content/get` (plugin → host): what a reference stands for. In an event over 1 MiB the largest fields are replaced by
 * `{"$reference": …, "type": …, "bytes": …}`, and so is a result of a call over `limits.resultBytes`, for a plugin with
 * the capability `references`. Only who may see the event, or made the call or was called, gets it. The host has the
 * newest 64 MiB in memory; what belongs to an event, or to a call with a row, is kept over a reload of the window too:
 * of events for 30 days and the newest 512 MiB.
 */
export const getContentParams = params({
  /** The text under `$reference`. */
  reference: z.string().min(1).max(128),
  /** Where to begin, in UTF-16 code units of the text: 0, or `next` of the page before. */
  offset: z.number().int().nonnegative().default(0),
  /** How much at most, in UTF-16 code units. */
  limit: z.number().int().min(2).max(1_000_000).default(250_000),
});
export const getContentResult = z.object({
  /** A `string` is given as it is, anything else as JSON text. */
  type: z.enum(["string", "object", "array"]),
  /** This page of the text. */
  text: z.string(),
  /** How long the whole text is, in UTF-16 code units. */
  length: z.number().int().nonnegative(),
  /** Where the next page begins; missing on the last. */
  next: z.number().int().positive().optional(),
});
