import type { Clock } from "../../base/clock.ts";
import { asFailure, type Failure } from "../../base/failure.ts";
import type { MessageEntry } from "../journal/records.ts";
import type { ModelPort, ModelRequest } from "../ports.ts";
import type { Conversation } from "./conversation.ts";
import { type ModelPointParts, passModelPoint } from "./modelPoint.ts";
import { callsLeft, saidIn } from "./narrowing.ts";

export interface StepOutcome {
  readonly entry: MessageEntry;
  readonly toolCalls: readonly { id: string; name: string; arguments: string }[];
  readonly usage?: { input: number; output: number };
  readonly ms: number;
  /** The step failed or was stopped; what had come by then is in the entry. */
  readonly failure?: Failure;
}

export interface StepParts extends ModelPointParts {
  readonly clock: Clock;
}

/**
 * Runs one step of a model, around which is the intercept point `model`, and streams it into the conversation. Never throws for
 * a model's failure.
 */
export async function runStep(
  conversation: Conversation,
  model: ModelPort,
  request: ModelRequest,
  signal: AbortSignal,
  parts: StepParts,
): Promise<StepOutcome> {
  const { clock } = parts;
  const startedAt = clock.now();
  const entry = await conversation.addMessage({
    role: "assistant",
    content: "",
    turn: request.turn,
    model: model.label,
    by: model.kind,
    streaming: true,
  });
  let toolCalls: { id: string; name: string; arguments: string }[] = [];
  let usage: StepOutcome["usage"];
  let failure: Failure | undefined;
  const ask = async (own: ModelRequest) => {
    for await (const event of model.stream(own, signal)) {
      if (event.type === "text") conversation.stream(entry, event.text, false);
      else if (event.type === "thinking") conversation.stream(entry, event.text, true);
      else if (event.type === "toolCall")
        toolCalls.push({ id: event.id, name: event.name, arguments: event.arguments });
      else usage = event.usage;
    }
    signal.throwIfAborted();
  };
  try {
    const left = await passModelPoint(parts, {
      ...{ model, request, signal, ask },
      said: () => saidIn(entry.content, toolCalls),
    });
    entry.content = left.content;
    toolCalls = callsLeft(toolCalls, left);
  } catch (error) {
    failure = asFailure(signal.aborted ? signal.reason : error, "The model");
    entry.interrupted = true;
  }
  entry.streaming = undefined;
  return { entry, toolCalls: failure ? [] : toolCalls, usage, ms: clock.now() - startedAt, failure };
}
