import type { ActivityData } from "../../protocol/plugin/activity.ts";
import type { Registration } from "../registrar.ts";
import type { EventHandler, Subscribe } from "../subscriptions.ts";
import type { Verbs } from "../verbs.ts";

/** The conversation that the person sees. */
export interface Conversation {
  addMessage: Verbs["addMessage"];
  context: Verbs["getContext"];
  /** Hears of each message that was added, by whomever: `{messageId, role, content?, words}`. Wants `subscribe` on `message.added`. */
  onMessage(handler: EventHandler<ActivityData<"message.added">>): Registration;
}

export function createConversation(
  plugin: Pick<Verbs, "addMessage" | "getContext"> & { readonly subscribe: Subscribe },
): Conversation {
  return {
    addMessage: plugin.addMessage,
    context: plugin.getContext,
    onMessage: (handler) => plugin.subscribe("message.added", handler),
  };
}
