import * as z from "zod";
import { params } from "./common.ts";
import { subscription } from "./events.ts";
import { interceptSpec } from "./intercepts.ts";
import { offer } from "./offers.ts";

/** `register` (plugin → host): one offer, subscription or intercept, at any time. The handle lives as long as the process. */
export const registerParams = z.union([
  params({ offer }).strict(),
  params({ subscription }).strict(),
  params({ intercept: interceptSpec }).strict(),
]);
export const registerResult = z.object({ handle: z.string() });

/** `unregister` (plugin → host): takes it back; an unknown handle is `notFound`. */
export const unregisterParams = params({ handle: z.string().min(1).max(128) });
export const unregisterResult = z.object({});
