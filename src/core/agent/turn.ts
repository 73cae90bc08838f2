import type { Clock } from "../../base/clock.ts";
import { asFailure, type Failure } from "../../base/failure.ts";
import type { IdSource } from "../../base/ids.ts";
import type { Calls } from "../calls/calls.ts";
import { type AskPerson, type Passing, passAround } from "../intercepts/around.ts";
import type { Lease, MessageEntry, TurnRecord } from "../journal/records.ts";
import type { OfferRegistry } from "../offers/registry.ts";
import type { ModelsPort, StorePort } from "../ports.ts";
import type { Publish } from "./agent.ts";
import type { Compactor } from "./compaction/compactor.ts";
import type { Conversation } from "./conversation.ts";
import { hint } from "./hint.ts";
import { saidInstead, saysNothing } from "./instead.ts";
import { kept, onlyFewer, saidIn } from "./narrowing.ts";
import type { PromptFacts } from "./prompt.ts";
import { stepWithRetry } from "./stepWithRetry.ts";
import { tagsOf, withoutUntagged } from "./tags.ts";
import { runTools, type WantedCall } from "./toolRun.ts";
import { type AgentTool, agentTools } from "./tools.ts";

export interface TurnParts {
  readonly calls: Calls;
  readonly offers: OfferRegistry;
  readonly models: ModelsPort;
  readonly compactor: Compactor;
  readonly intercepts: Passing;
  /** Puts what intercepts want looked at before the person. */
  readonly askPerson?: AskPerson;
  readonly store: Pick<StorePort, "saveTurn" | "saveCall">;
  readonly facts: () => PromptFacts;
  /** Whether a plugin's tools are there only when the person names it with a plus. */
  readonly onlyTagged?: (plugin: string) => boolean;
  readonly stepLimit: () => number;
  readonly lease: Lease;
  readonly publish: Publish;
  /** Tells listeners of a message that was added. */
  readonly announce: (conversation: Conversation, entry: MessageEntry) => void;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** One turn: steps until the model wants no more tools, the limit is reached, it fails or the person stops it. Never throws. */
export async function runTurn(
  parts: TurnParts,
  conversation: Conversation,
  signal: AbortSignal,
  join: () => Promise<boolean>,
): Promise<void> {
  const turn: TurnRecord = {
    id: parts.ids.next("turn"),
    conversation: conversation.id,
    startedAt: parts.clock.now(),
    state: "running",
    lease: parts.lease,
  };
  const said = lastSaid(conversation);
  parts.publish("agent.start", { message: said, agentName: "parley", instanceId: turn.id }, conversation.id);
  let end: { content?: string; interrupted?: boolean; error?: string } = {};
  try {
    await parts.store.saveTurn({ ...turn });
    end = await passTurnPoint(parts, conversation, turn, said, signal, () =>
      steps(parts, conversation, turn, signal, join),
    );
  } catch (error) {
    const failure = asFailure(signal.aborted ? signal.reason : error, "The turn");
    end = failure.kind === "cancelled" ? { interrupted: true } : { error: failure.message };
    await sayWhy(conversation, turn.id, failure);
  }
  turn.state = end.interrupted ? "interrupted" : "ended";
  turn.endedAt = parts.clock.now();
  await parts.store.saveTurn({ ...turn }).catch(() => {});
  parts.publish("agent.end", { ...end, instanceId: turn.id }, conversation.id);
}

/** The intercept point `turn` around the steps. */
async function passTurnPoint(
  parts: TurnParts,
  conversation: Conversation,
  turn: TurnRecord,
  message: string,
  signal: AbortSignal,
  run: () => Promise<{ content?: string }>,
): Promise<{ content?: string }> {
  const pass = {
    ...{ conversation: conversation.id, turn: turn.id, signal },
    revalidate: () => undefined,
    answerFlaw: saysNothing,
  };
  try {
    const { result } = await passAround(parts.intercepts, {
      ...{ point: "turn", what: "The turn", subject: { message }, pass },
      ...(parts.askPerson && { ask: parts.askPerson }),
      run: async (_subject, { contexts }) => {
        await hint(conversation, turn.id, contexts);
        return await run();
      },
      answered: async (answer, by, { contexts }) => {
        await hint(conversation, turn.id, contexts);
        return { content: (await sayInstead(conversation, turn, answer, by)).content };
      },
      told: ({ content }) => ({ outcome: content ?? "" }),
    });
    return result;
  } catch (error) {
    const failure = asFailure(error, "The turn");
    if (failure.kind !== "blocked" || signal.aborted) throw error;
    await conversation.addNotice({
      turn: turn.id,
      level: "warning",
      text: failure.message,
      todo: failure.todo,
    });
    return {};
  }
}

/** What an intercept answered in the place of the model, as a message of its plugin. */
async function sayInstead(
  conversation: Conversation,
  turn: TurnRecord,
  answer: unknown,
  plugin: string,
): Promise<MessageEntry> {
  const origin = { plugin, intent: "notify" } as const;
  return await conversation.addMessage({ role: "assistant", content: saidInstead(answer), turn: turn.id, origin });
}

async function steps(
  parts: TurnParts,
  conversation: Conversation,
  turn: TurnRecord,
  signal: AbortSignal,
  join: () => Promise<boolean>,
): Promise<{ content?: string }> {
  const limit = parts.stepLimit();
  for (let step = 0; step < limit; step++) {
    await join();
    await parts.compactor.whenFull(conversation, turn.id, signal);
    const onlyTagged = parts.onlyTagged ?? (() => false);
    const tools = agentTools(withoutUntagged(parts.offers.ofEnabled(), onlyTagged, tagsOf(conversation, turn.id)));
    const names = [...tools.keys()];
    const pass = {
      ...{ conversation: conversation.id, turn: turn.id, signal },
      revalidate: (changed: Record<string, unknown>) => onlyFewer(names, changed.tools),
      answerFlaw: saysNothing,
    };
    const { result: done } = await passAround(parts.intercepts, {
      ...{ point: "step", what: "This step", subject: { step: step + 1, tools: names }, pass },
      ...(parts.askPerson && { ask: parts.askPerson }),
      run: async (subject, { contexts }) => {
        await hint(conversation, turn.id, contexts);
        const left = subject.tools === names ? tools : kept(tools, subject.tools);
        return await oneStep(parts, conversation, turn, left, signal);
      },
      answered: async (answer, by) => ({ entry: await sayInstead(conversation, turn, answer, by), wanted: [] }),
      told: ({ entry, wanted }) => ({ result: saidIn(entry.content, wanted) }),
    });
    if (done.wanted.length === 0) {
      if (await join()) continue;
      return { content: done.entry.content };
    }
    signal.throwIfAborted();
  }
  await conversation.addNotice({
    turn: turn.id,
    level: "warning",
    text: `Stopped after ${limit} steps, so that it cannot go on for ever.`,
    todo: "Say “continue” to go on, or raise parley.agent.stepLimit.",
  });
  return {};
}

interface StepDone {
  readonly entry: MessageEntry;
  readonly wanted: readonly WantedCall[];
}

/** Asks the model once, and carries out what it wants. */
async function oneStep(
  parts: TurnParts,
  conversation: Conversation,
  turn: TurnRecord,
  tools: ReadonlyMap<string, AgentTool>,
  signal: AbortSignal,
): Promise<StepDone> {
  const outcome = await stepWithRetry(
    parts,
    conversation,
    turn,
    [...tools.values()].map(({ tool }) => tool),
    signal,
  );
  const { entry } = outcome;
  const wanted = outcome.toolCalls.map(({ name, arguments: text }) => ({
    id: parts.ids.next("tool"),
    name,
    arguments: text,
  }));
  if (wanted.length > 0) entry.toolCalls = wanted;
  if (entry.content === "" && !entry.thinking && wanted.length === 0) await conversation.remove(entry.id);
  else await conversation.update(entry);
  if (entry.content !== "") parts.announce(conversation, entry);
  if (entry.thinking) parts.publish("thought.complete", { thinking: entry.thinking }, conversation.id);
  if (outcome.failure) throw outcome.failure;
  if (wanted.length > 0)
    await hint(conversation, turn.id, await runTools(parts, conversation, turn.id, wanted, tools, signal));
  return { entry, wanted };
}

async function sayWhy(conversation: Conversation, turn: string, failure: Failure): Promise<void> {
  if (failure.kind === "cancelled") {
    await conversation.addNotice({ turn, level: "info", text: failure.message });
    return;
  }
  const connect =
    failure.kind === "denied" || failure.kind === "notFound"
      ? { title: "Connect a model", id: "parley.connectModel" }
      : undefined;
  await conversation.addNotice({ turn, level: "error", text: failure.message, todo: failure.todo, command: connect });
}

function lastSaid(conversation: Conversation): string {
  const messages = conversation
    .entries()
    .filter(
      (entry) =>
        entry.kind === "message" && !entry.queued && (entry.role === "user" || entry.origin?.intent === "wake"),
    );
  const last = messages.sort((a, b) => a.position - b.position).at(-1);
  return last?.kind === "message" ? last.content : "";
}
