import type { Host } from "../core/host.ts";
import { principals } from "../core/rules/targets.ts";

/** What other extensions get from `extensions.getExtension("parley-dev.parley").exports`. */
export interface ParleyApi {
  readonly version: 1;
  /**
   * Calls an offer as another extension: what only reads is answered, about anything else the person is asked. Rejects with an
   * error whose message says what went wrong.
   */
  call(plugin: string, name: string, args: Record<string, unknown>): Promise<unknown>;
  /** Says something in the visible conversation as the person, and answers when the turn has begun. */
  say(text: string): Promise<void>;
}

export function createApi(host: () => Promise<Host>): ParleyApi {
  return {
    version: 1,
    async call(plugin, name, args) {
      const { calls } = await host();
      return (await calls.call({ caller: principals.extension, to: { plugin }, name, args })).result;
    },
    async say(text) {
      const { agent, conversations } = await host();
      const conversation = await conversations.visible();
      await agent.say(conversation.id, text, "queue");
    },
  };
}
