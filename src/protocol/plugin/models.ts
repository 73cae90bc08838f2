import * as z from "zod";
import { params } from "./common.ts";

/** A message for `model/complete`. */
export const promptMessage = z.object({
  /** Who speaks. */
  role: z.enum(["system", "user", "assistant"]),
  /** Plain text. */
  content: z.string(),
});
export type PromptMessage = z.infer<typeof promptMessage>;

/** Tokens that one request took, and where the plugin stands with its budget of the day. */
export const spentTokens = z.object({
  /** Read by the model. */
  input: z.number().int().nonnegative(),
  /** Written by the model. */
  output: z.number().int().nonnegative(),
  /** Whether they were estimated (a quarter of the bytes), because the provider gave no numbers. */
  estimated: z.boolean(),
  /** What is left of the plugin's budget for today. */
  left: z.number().int().nonnegative(),
});

/**
 * `model/complete` (plugin → host): one answer of the model that the person chose, without tools. The text also comes as partials
 * `{text}` while it is written. Over the plugin's budget it fails with `budgetExceeded`, also on the way.
 */
export const completeParams = params({
  /** In the order in which they were said. */
  messages: z.array(promptMessage).min(1).max(200),
  /** End the answer after about so many tokens. */
  maxTokens: z.number().int().min(1).max(1_000_000).optional(),
});
export const completeResult = z.object({
  /** The whole answer. */
  text: z.string(),
  /** The model's label. */
  model: z.string(),
  /** `rules` marks a provider that is no model (the offline guide). */
  kind: z.enum(["model", "rules"]),
  /** `length`: cut off by `maxTokens`, or by the model's own limit. */
  finish: z.enum(["stop", "length"]),
  /** What it took. */
  usage: spentTokens,
});

/**
 * `model/embed` (plugin → host): one vector per text, by the provider of `llm.embed`. Over the budget it fails with
 * `budgetExceeded`.
 */
export const embedParams = params({
  /** What to embed. */
  texts: z.array(z.string()).min(1).max(256),
});
export const embedResult = z.object({
  /** In the order of the texts. */
  vectors: z.array(z.array(z.number())),
  /** How long each vector is. */
  dimensions: z.number().int(),
  /** The model's name, as its provider says. */
  model: z.string(),
  /** What it took. */
  usage: spentTokens,
});
