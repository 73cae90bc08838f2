import type { Clock } from "../../base/clock.ts";
import { asFailure, type Failure } from "../../base/failure.ts";
import { type AskPerson, type Passing, passAround } from "../intercepts/around.ts";
import type { MessageEntry } from "../journal/records.ts";
import type { ModelPort, ModelRequest } from "../ports.ts";
import type { Conversation } from "./conversation.ts";
import { callsLeft, onlyFewer, saidIn, saidNoMore, sameMessages, withTexts } from "./narrowing.ts";

export interface StepOutcome {
  readonly entry: MessageEntry;
  readonly toolCalls: readonly { id: string; name: string; arguments: string }[];
  readonly usage?: { input: number; output: number };
  readonly ms: number;
  /** The step failed or was stopped; what had come by then is in the entry. */
  readonly failure?: Failure;
}

export interface StepParts {
  readonly intercepts: Passing;
  readonly askPerson?: AskPerson;
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
    if (!parts.intercepts.watches("model")) await ask(request);
    else {
      const left = await passModelPoint(parts, {
        model,
        request,
        signal,
        ask,
        said: () => saidIn(entry.content, toolCalls),
      });
      entry.content = left.content;
      toolCalls = callsLeft(toolCalls, left);
    }
  } catch (error) {
    failure = asFailure(signal.aborted ? signal.reason : error, "The model");
    entry.interrupted = true;
  }
  entry.streaming = undefined;
  return { entry, toolCalls: failure ? [] : toolCalls, usage, ms: clock.now() - startedAt, failure };
}

type Said = ReturnType<typeof saidIn>;

/** Around the request to the model; answers what is left of what it said, or what an intercept said in its place. */
async function passModelPoint(
  { intercepts, askPerson }: StepParts,
  one: {
    readonly model: ModelPort;
    readonly request: ModelRequest;
    readonly signal: AbortSignal;
    readonly ask: (request: ModelRequest) => Promise<void>;
    readonly said: () => Said;
  },
): Promise<Said> {
  const { request, said } = one;
  const { conversation, turn, messages } = request;
  const tools = request.tools.map(({ name }) => name);
  const shown = messages.map(({ role, content }) => ({ role, content }));
  const { subject } = await passAround(intercepts, {
    ...{ point: "model", what: "The request to the model" },
    subject: { model: one.model.label, messages: shown, tools },
    pass: {
      ...{ conversation, turn, signal: one.signal },
      revalidate: (changed) => sameMessages(messages, changed.messages) ?? onlyFewer(tools, changed.tools),
    },
    ...(askPerson && { ask: askPerson }),
    run: async ({ messages: texts, tools: left }) => {
      const some = Array.isArray(left) ? left : [];
      const kept = request.tools.filter(({ name }) => some.includes(name));
      await one.ask({ ...request, messages: withTexts(messages, texts), tools: kept });
      return said();
    },
    answered: (answer) => ({
      content: typeof answer === "string" ? answer : JSON.stringify(answer ?? ""),
      toolCalls: [],
    }),
    told: (result) => ({ result }),
    revalidateAfter: (changed) => saidNoMore(said().toolCalls, changed.result),
  });
  return subject.result as Said;
}
