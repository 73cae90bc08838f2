import { Failure } from "../../base/failure.ts";
import { PieceQueue } from "../../base/pieces.ts";
import { llmChatOutput, llmChatPartial } from "../../protocol/plugin/capabilities.ts";
import type { Calls } from "../calls/calls.ts";
import type { ModelEvent, ModelPort, ModelRequest } from "../ports.ts";

/** How long one step of a plugin's model may take, in milliseconds. */
const stepMs = 600_000;

/** A model that one plugin provides as `llm.chat`: that plugin and no other reads the conversation. */
export function providerModel(
  calls: () => Calls,
  about: Pick<ModelPort, "id" | "label" | "kind">,
  offer: { plugin: string; name: string },
): ModelPort {
  return { ...about, stream: (request, signal) => stream(calls(), offer, request, signal) };
}

async function* stream(
  calls: Calls,
  offer: { plugin: string; name: string },
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const pieces = new PieceQueue<ModelEvent>();
  const call = calls
    .call({
      caller: "agent",
      to: { plugin: offer.plugin },
      name: offer.name,
      args: { messages: request.messages, tools: request.tools },
      conversation: request.conversation,
      turn: request.turn,
      ...(request.by === undefined ? {} : { servedFor: request.by }),
      ...(request.inside === undefined ? {} : { parent: request.inside }),
      hidden: true,
      timeoutMs: stepMs,
      signal,
      onProgress: ({ partial }) => {
        const piece = llmChatPartial.safeParse(partial);
        if (!piece.success) return undefined;
        const { thinking, text } = piece.data;
        const taken = thinking ? pieces.push({ type: "thinking", text: thinking }) : undefined;
        return text ? pieces.push({ type: "text", text }) : taken;
      },
    })
    .finally(() => pieces.end());
  call.catch(() => {});
  let streamed = "";
  for await (const piece of pieces) {
    if (piece.type === "text") streamed += piece.text;
    yield piece;
  }
  const answer = llmChatOutput.safeParse((await call).result);
  if (!answer.success)
    throw new Failure("unavailable", "The plugin that provides llm.chat answered with something that does not fit.", {
      todo: "Choose another model, or have its author mend it.",
    });
  const { text, toolCalls, finish, usage } = answer.data;
  const rest = text.startsWith(streamed) ? text.slice(streamed.length) : "";
  if (rest) yield { type: "text", text: rest };
  for (const { id, name, arguments: args } of toolCalls) yield { type: "toolCall", id, name, arguments: args };
  yield { type: "end", finish, usage };
}
