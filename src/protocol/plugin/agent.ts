import * as z from "zod";
import { params } from "./common.ts";

/**
 * `agent/run` (plugin → host): starts a turn of the agent with a text, which stands in the conversation as the plugin's own message
 * and is fenced for the model. While a turn runs it waits for its end. Limited as waking messages are.
 */
export const runAgentParams = params({
  /** What the agent is to do. */
  text: z
    .string()
    .min(1)
    .max(64 * 1024),
  /** As in `conversation/addMessage`. */
  conversation: z.string().max(128).optional(),
});
export const runAgentResult = z.object({
  /** The message's id. */
  messageId: z.string(),
  /** `queued`: a turn runs, and this one begins after it. */
  state: z.enum(["started", "queued"]),
});

/** `agent/stop` (plugin → host): ends the turn that runs, if the plugin started it; any other needs a right of its own. */
export const stopAgentParams = params({
  /** As in `conversation/addMessage`. */
  conversation: z.string().max(128).optional(),
  /** Also a turn that somebody else started. */
  any: z.boolean().default(false),
});
export const stopAgentResult = z.object({
  /** False where no turn ran. */
  stopped: z.boolean(),
});
