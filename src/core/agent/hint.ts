import type { Outcome } from "../intercepts/types.ts";
import type { Conversation } from "./conversation.ts";

/** What intercepts want the model to see: messages of theirs. */
export async function hint(
  conversation: Conversation,
  turn: string | undefined,
  contexts: Outcome["contexts"],
): Promise<void> {
  for (const { plugin, text } of contexts) {
    const origin = { plugin, intent: "context" } as const;
    await conversation.addMessage({
      role: "assistant",
      content: text,
      origin,
      ...(turn === undefined ? {} : { turn }),
    });
  }
}
