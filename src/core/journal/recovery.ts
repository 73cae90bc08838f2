import type { Clock } from "../../base/clock.ts";
import type { Conversations } from "../agent/conversations.ts";
import type { StorePort } from "../ports.ts";
import type { Lease } from "./records.ts";

interface RecoveryParts {
  readonly store: StorePort;
  readonly conversations: Conversations;
  readonly alive: (lease: Lease) => Promise<boolean>;
  readonly clock: Clock;
  /** Told when something could not be written: the host starts all the same, and the next one tries again. */
  readonly writeFailed: (error: unknown) => void;
}

/**
 * Closes what a host that is gone left open: its turns are marked as interrupted and the conversation says so. Nothing is
 * run again by itself; what had an effect is in the journal. A store that cannot be written leaves them as they are.
 */
export async function recoverTurns(parts: RecoveryParts): Promise<void> {
  const { store, conversations, alive, clock, writeFailed } = parts;
  if (store.readOnly !== undefined) return;
  for (const turn of await store.openTurns()) {
    if (await alive(turn.lease)) continue;
    try {
      await store.saveTurn({ ...turn, state: "interrupted", endedAt: clock.now() });
    } catch (error) {
      writeFailed(error);
      return;
    }
    const conversation = await conversations.open(turn.conversation).catch(() => undefined);
    if (!conversation) continue;
    for (const call of conversation.calls()) {
      if (call.endedAt !== undefined) continue;
      Object.assign(call, {
        status: "failed",
        endedAt: clock.now(),
        error: "The window closed before it answered; it is not known whether it had an effect.",
      });
      conversation.showCall(call);
      await store.saveCall(call).catch(writeFailed);
    }
    for (const entry of conversation.entries()) {
      if (entry.kind === "approval" && entry.choice === undefined) await conversation.remove(entry.id);
    }
    await conversation.addNotice({
      turn: turn.id,
      level: "warning",
      text: "The window closed while the agent was working; it stopped there.",
      todo: "Say “continue” to go on from here.",
    });
  }
}
