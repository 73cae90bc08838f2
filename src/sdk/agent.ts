import type { PluginToHost, ResultOf } from "../protocol/plugin/methods.ts";
import type { Channel } from "./channel.ts";
import { type CallContext, childMeta } from "./context.ts";

/** The agent: have it work, and end what it was given. Each needs the right to act; the person may be asked, which takes its time. */
export interface PluginAgent {
  /** Starts a turn with a text, as a message of the plugin's; while a turn runs it waits for its end. */
  run(text: string, options?: { conversation?: string }): Promise<ResultOf<PluginToHost, "agent/run">>;
  /** Ends the turn that the plugin started, with `any` also one that it did not; answers whether one ran. */
  stop(options?: { conversation?: string; any?: boolean }): Promise<boolean>;
}

/** The agent, bound to a call as the verbs are. */
export function createAgent(channel: Channel, context: CallContext): PluginAgent {
  const patient = { signal: context.signal, timeoutMs: Number.POSITIVE_INFINITY, onProgress: () => {} };
  return {
    run: (text, options = {}) => channel.request("agent/run", { text, ...options, _meta: childMeta(context) }, patient),
    async stop(options = {}) {
      return (await channel.request("agent/stop", { ...options, _meta: childMeta(context) }, patient)).stopped;
    },
  };
}
