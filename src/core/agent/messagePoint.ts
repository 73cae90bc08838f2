import { asFailure, Failure } from "../../base/failure.ts";
import { passAround } from "../intercepts/around.ts";
import type { Pass } from "../intercepts/types.ts";
import type { MessageEntry } from "../journal/records.ts";
import type { Conversation } from "./conversation.ts";
import { hint } from "./hint.ts";
import type { TurnParts } from "./turn.ts";

/** A message that has no place yet. */
export type Said = Pick<MessageEntry, "role" | "content" | "actions" | "dedupeKey" | "origin" | "editedBy">;

/**
 * Passes the intercept point `message` before a message is put into its conversation, as it was said or as an intercept
 * changed it. Where it is refused it is not put, a notice in the conversation says why, and the `Failure` is answered.
 * `hold` stops the clocks of what waits for it while a person is asked.
 */
export async function passMessagePoint<Put>(
  { intercepts, askPerson }: Pick<TurnParts, "intercepts" | "askPerson">,
  conversation: Conversation,
  draft: Said,
  put: (said: Said) => Put,
  hold?: Pass["hold"],
): Promise<Put | Failure> {
  const by = draft.origin?.plugin;
  try {
    const { result } = await passAround(intercepts, {
      ...{ point: "message", what: "A message" },
      subject: { role: draft.role, content: draft.content, ...(by === undefined ? {} : { origin: by }) },
      pass: {
        conversation: conversation.id,
        ...(by === undefined ? {} : { by }),
        ...(hold && { hold }),
        revalidate: (changed) => messageFlaw(draft, changed),
      },
      ...(askPerson && { ask: askPerson }),
      run: async (subject, { contexts, changedBy }) => {
        await hint(conversation, undefined, contexts);
        const content = String(subject.content);
        const editedBy = content === draft.content ? undefined : changedBy.join(", ");
        return put({ ...draft, content, editedBy });
      },
      told: () => ({}),
    });
    return result;
  } catch (error) {
    const failure = asFailure(error, "The message");
    if (failure.kind !== "blocked" && failure.kind !== "denied") throw error;
    await conversation.addNotice({
      level: "warning",
      text: failure.message,
      todo: failure.kind === "blocked" ? failure.todo : "The rights of that plugin can be changed in the Plugins view.",
    });
    return failure;
  }
}

/** An intercept may change the person's text, which is then marked; never another plugin's, which stays as it was said. */
function messageFlaw(draft: Said, { role, content }: Record<string, unknown>): Failure | undefined {
  const textOnly = role === draft.role && typeof content === "string" && content.length > 0;
  if (!textOnly) return new Failure("invalidParams", "An intercept may change a message's text only.");
  if (draft.origin === undefined || content === draft.content) return undefined;
  return new Failure("denied", "What a plugin says may be held back, not changed.");
}
