import type { Clock } from "../../base/clock.ts";
import type { Conversations } from "../agent/conversations.ts";
import type { StorePort } from "../ports.ts";
import { callFailureOf } from "./callFailure.ts";
import type { ApprovalEntry, CallRecord, Lease, TurnRecord } from "./records.ts";
import { windowClosed } from "./windowClosed.ts";

interface RecoveryParts {
  readonly store: StorePort;
  readonly conversations: Conversations;
  readonly alive: (lease: Lease) => Promise<boolean>;
  readonly clock: Clock;
  /** Told of each call that was closed, for those who wait to hear of its end. */
  readonly ended: (call: CallRecord) => void;
  /** Told when something could not be written: the host starts all the same, and the next one tries again. */
  readonly writeFailed: (error: unknown) => void;
}

/**
 * Closes what hosts that are gone left open: calls, the cards that waited for an answer, and turns; the conversation says
 * so. What belongs to a process that lives is its own, also in a conversation that is shared with it. Nothing is run again
 * by itself; what had an effect is in the journal. A store that cannot be written leaves all of it as it is.
 */
export async function recover(parts: RecoveryParts): Promise<void> {
  const { store, writeFailed } = parts;
  if (store.readOnly !== undefined) return;
  const gone = goneWith(parts.alive);
  try {
    for (const turn of await store.openTurns()) if (await gone(turn)) await closeTurn(parts, turn);
    for (const call of await store.openCalls()) if (await gone(call)) await closeCall(parts, call);
    for (const card of await store.openCards()) if (await gone(card)) await removeCard(parts, card);
  } catch (error) {
    writeFailed(error);
  }
}

/** Whether whoever a record belongs to is gone; each process is looked for once. A record that names nobody has nobody. */
function goneWith(alive: RecoveryParts["alive"]): (record: { lease?: Lease }) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return async ({ lease }) => {
    if (!lease) return true;
    const name = `${lease.pid} ${lease.started}`;
    const answer = known.get(name) ?? alive(lease);
    known.set(name, answer);
    return !(await answer);
  };
}

async function closeTurn({ store, conversations, clock }: RecoveryParts, turn: TurnRecord): Promise<void> {
  await store.saveTurn({ ...turn, state: "interrupted", endedAt: clock.now() });
  const conversation = await conversations.open(turn.conversation).catch(() => undefined);
  await conversation?.addNotice({
    turn: turn.id,
    level: "warning",
    text: "The window closed while the agent was working; it stopped there.",
    todo: "Say “continue” to go on from here.",
  });
}

async function closeCall(parts: RecoveryParts, call: CallRecord): Promise<void> {
  const { store, conversations, clock } = parts;
  const failure = windowClosed();
  const closed: CallRecord = {
    ...call,
    status: call.detached ? "interrupted" : "failed",
    endedAt: clock.now(),
    progress: undefined,
    error: failure.message,
    failure: callFailureOf(failure),
  };
  await store.saveCall(closed);
  if (call.conversation !== undefined) conversations.get(call.conversation)?.showCall(closed);
  parts.ended(closed);
}

async function removeCard({ store, conversations }: RecoveryParts, card: ApprovalEntry): Promise<void> {
  const conversation = await conversations.open(card.conversation).catch(() => undefined);
  if (!conversation) return await store.deleteEntry(card.id);
  await conversation.remove(card.id);
  if (card.turn !== undefined) return;
  await conversation.addNotice({
    level: "warning",
    text: `The window closed while “${card.title}” of ${card.plugin} waited for your answer; it was not done.`,
  });
}
