import { deferred } from "../../base/deferred.ts";
import { Failure } from "../../base/failure.ts";
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
  const pieces: ModelEvent[] = [];
  let wake = deferred<void>();
  let ended = false;
  const call = calls
    .call({
      caller: "agent",
      to: { plugin: offer.plugin },
      name: offer.name,
      args: { messages: request.messages, tools: request.tools },
      conversation: request.conversation,
      turn: request.turn,
      hidden: true,
      timeoutMs: stepMs,
      signal,
      onProgress: ({ partial }) => {
        const piece = llmChatPartial.safeParse(partial);
        if (!piece.success) return;
        if (piece.data.thinking) pieces.push({ type: "thinking", text: piece.data.thinking });
        if (piece.data.text) pieces.push({ type: "text", text: piece.data.text });
        wake.resolve();
      },
    })
    .finally(() => {
      ended = true;
      wake.resolve();
    });
  call.catch(() => {});
  let streamed = "";
  while (!ended || pieces.length > 0) {
    for (const piece of pieces.splice(0)) {
      if (piece.type === "text") streamed += piece.text;
      yield piece;
    }
    if (ended) break;
    await wake.promise;
    wake = deferred<void>();
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
