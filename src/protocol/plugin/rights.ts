import * as z from "zod";
import { want } from "../rules.ts";
import { params } from "./common.ts";

/**
 * `rights/request` (plugin → host): asks the person for rights that the manifest does not state, all on one sheet. What is granted
 * is a grant like those of the manifest: it lasts, is listed, and can be revoked. Rights that the plugin has are not asked about.
 */
export const requestRightsParams = params({
  /** What it wants, each with the reason that the person reads. */
  wants: z.array(want).min(1).max(10),
});
export const requestRightsResult = z.object({
  /** Whether the plugin now has all of them. */
  granted: z.boolean(),
  /** What holds for each, in the order of the wants. */
  rights: z.array(
    z.object({
      /** What a use of it would be answered with. */
      effect: z.enum(["allow", "ask", "deny"]),
      /** The rule that says so. */
      rule: z.string(),
    }),
  ),
});
