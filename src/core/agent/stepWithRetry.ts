import type { Clock } from "../../base/clock.ts";
import type { Failure } from "../../base/failure.ts";
import type { ChatTool } from "../../protocol/plugin/capabilities.ts";
import type { TurnRecord } from "../journal/records.ts";
import { charactersOf } from "./compaction/cut.ts";
import type { Conversation } from "./conversation.ts";
import { modelStep } from "./modelStep.ts";
import { chatMessages, conversationMessages, systemPrompt } from "./prompt.ts";
import { runStep, type StepOutcome } from "./step.ts";
import type { TurnParts } from "./turn.ts";

/** How often a step is tried again when the model is overloaded or away, and the longest wait between, in milliseconds. */
const retries = 3;
const longestWaitMs = 30_000;

/**
 * One step, tried again where the model is overloaded, and, once, where the conversation was too long for it and could be
 * shortened. A failure that remains is in the outcome.
 */
export async function stepWithRetry(
  parts: TurnParts,
  conversation: Conversation,
  turn: TurnRecord,
  tools: readonly ChatTool[],
  signal: AbortSignal,
): Promise<StepOutcome> {
  let shortened = false;
  for (let attempt = 0; ; attempt++) {
    const model = await parts.models.current();
    const outcome = await runStep(conversation, model, requestOf(parts, conversation, turn, tools), signal, parts);
    conversation.addUsage(outcome.usage?.input ?? 0, outcome.usage?.output ?? 0);
    if (outcome.usage) {
      await conversation.save();
      const contextUsage = outcome.usage.input + outcome.usage.output;
      conversation.measured = { tokens: contextUsage, characters: charactersOf(conversationMessages(conversation)) };
      parts.publish("context.usage", { contextUsage }, conversation.id);
    }
    parts.publish("model.step", modelStep(model.label, outcome.usage, outcome.ms), conversation.id);
    const { failure, entry } = outcome;
    if (failure === undefined || entry.content !== "") return outcome;
    if (failure.kind === "tooLarge" && !shortened) {
      shortened = (await parts.compactor.compact(conversation, { turn: turn.id, signal })) === "done";
      if (!shortened) return outcome;
      await conversation.remove(entry.id);
      continue;
    }
    const waitMs = attempt < retries ? retryDelay(failure, attempt) : undefined;
    if (waitMs === undefined) return outcome;
    await conversation.remove(entry.id);
    await conversation.addNotice({
      turn: turn.id,
      level: "info",
      text: `${failure.message} Trying again in ${Math.max(1, Math.round(waitMs / 1000))} s.`,
    });
    await wait(parts.clock, waitMs, signal);
  }
}

function requestOf(parts: TurnParts, conversation: Conversation, turn: TurnRecord, tools: readonly ChatTool[]) {
  return {
    messages: chatMessages(conversation, systemPrompt(parts.facts())),
    tools,
    conversation: conversation.id,
    turn: turn.id,
  };
}

/** Milliseconds to wait before another try, or undefined where trying again would not help. */
function retryDelay(failure: Failure, attempt: number): number | undefined {
  if (failure.kind !== "overloaded") return undefined;
  const asked = failure.details?.retryAfterMs;
  const wanted = typeof asked === "number" ? asked : 1_000 * 2 ** attempt;
  return wanted <= longestWaitMs ? wanted : undefined;
}

function wait(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const over = new AbortController();
    const timer = clock.after(milliseconds, () => {
      over.abort();
      resolve();
    });
    const onAbort = () => {
      timer.dispose();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true, signal: over.signal });
  });
}
