import * as z from "zod";
import { params } from "./common.ts";

/** `plugin` and `workspace` belong to the plugin, `conversation` to it inside the one in `_meta`; `shared:<namespace>` by grant. */
export const stateScope = z
  .string()
  .regex(
    /^(?:plugin|workspace|conversation|shared:[a-z0-9][a-z0-9.-]{0,63})$/,
    "must be plugin, workspace, conversation or shared:<namespace>",
  );
/** A part of a key. Text with half a character in it is refused: kept on disk, every such half would become the same one. */
const keyText = z
  .string()
  .max(512)
  .refine((text) => text.isWellFormed(), { message: "must be text without half characters (lone surrogates)" });
/** Compared character by character: `é` written in two ways is two keys. */
export const stateKey = keyText.min(1);

/** `state/get` (plugin → host): the value and its revision; `rev` is 0 and there is no value where the key is not set. */
export const getStateParams = params({ scope: stateScope.default("plugin"), key: stateKey });
export const getStateResult = z.object({ value: z.unknown().optional(), rev: z.number().int().nonnegative() });

/** `state/set`: at most 1 MiB as JSON. With `ifRev` it fails with `conflict` when the revision is another. */
export const setStateParams = params({
  scope: stateScope.default("plugin"),
  key: stateKey,
  value: z.unknown(),
  ifRev: z.number().int().nonnegative().optional(),
});
export const setStateResult = z.object({ rev: z.number().int().positive() });

/** `state/delete`: answers whether there was something. */
export const deleteStateParams = params({
  scope: stateScope.default("plugin"),
  key: stateKey,
  ifRev: z.number().int().nonnegative().optional(),
});
export const deleteStateResult = z.object({ deleted: z.boolean() });

/** `state/list`: keys that start with the prefix, in order, at most 1,000; `after` pages on. */
export const listStateParams = params({
  scope: stateScope.default("plugin"),
  prefix: keyText.default(""),
  after: keyText.optional(),
});
export const listStateResult = z.object({
  keys: z.array(z.object({ key: z.string(), rev: z.number() })),
  more: z.boolean(),
});
