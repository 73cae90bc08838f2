import * as vscode from "vscode";
import { Failure } from "../base/failure.ts";
import type { ModelEvent, ModelPort, ModelRequest } from "../core/ports.ts";
import { languageModelFailure } from "./languageModelErrors.ts";
import { toLanguageModelMessages, toLanguageModelTools } from "./languageModelMessages.ts";

/** The id under which the person chooses one of VS Code's models: `vscode:<vendor>/<model id>`. */
export function languageModelId(model: { vendor: string; id: string }): string {
  return `vscode:${model.vendor}/${model.id}`;
}

/** The parts of such an id; undefined for the id of anything else. */
export function parseLanguageModelId(id: string): { vendor: string; id: string } | undefined {
  const match = /^vscode:([^/]+)\/(.+)$/.exec(id);
  return match?.[1] && match[2] ? { vendor: match[1], id: match[2] } : undefined;
}

/**
 * One of VS Code's language models. The very first request asks the person for consent, so it must follow something
 * that the person did.
 *
 * Usage is not told: the API has no figures of a request.
 */
export function createLanguageModel(model: vscode.LanguageModelChat): ModelPort {
  return {
    id: languageModelId(model),
    label: model.name,
    kind: "model",
    contextWindow: model.maxInputTokens,
    stream: (request, signal) => stream(model, request, signal),
  };
}

async function* stream(
  model: vscode.LanguageModelChat,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  // A source of our own: leaving the loop below does not cancel the request by itself.
  const source = new vscode.CancellationTokenSource();
  const stopped = stopOn(signal, source);
  try {
    const response = await stopped.race(
      model.sendRequest(
        toLanguageModelMessages(request.messages),
        {
          justification: "Parley answers your message with this model.",
          ...(request.tools.length > 0 ? { tools: toLanguageModelTools(request.tools) } : {}),
        },
        source.token,
      ),
    );
    const parts = response.stream[Symbol.asyncIterator]();
    let calls = 0;
    for (;;) {
      const { done, value } = await stopped.race(parts.next());
      if (done) break;
      const event = toEvent(value);
      if (event?.type === "toolCall") calls++;
      if (event) yield event;
    }
    // A cancelled token ends the stream as if the model had finished.
    stopped.check();
    yield { type: "end", finish: calls > 0 ? "tool-calls" : "stop" };
  } catch (error) {
    if (signal.aborted) throw cancelled();
    throw languageModelFailure(error, model.name);
  } finally {
    stopped.dispose();
    source.cancel();
    source.dispose();
  }
}

/** Undefined for a part of a kind that Parley has no use for, such as an image. */
function toEvent(part: unknown): ModelEvent | undefined {
  if (part instanceof vscode.LanguageModelTextPart) {
    return part.value === "" ? undefined : { type: "text", text: part.value };
  }
  if (part instanceof vscode.LanguageModelToolCallPart) {
    return { type: "toolCall", id: part.callId, name: part.name, arguments: JSON.stringify(part.input ?? {}) };
  }
  return undefined;
}

function cancelled(): Failure {
  return new Failure("cancelled", "The model's answer was stopped.");
}

interface Stopped extends vscode.Disposable {
  /** The outcome, or `cancelled` as soon as the signal is aborted, even where a provider ignores its token. */
  race<T>(promise: Thenable<T>): Promise<T>;
  check(): void;
}

function stopOn(signal: AbortSignal, source: vscode.CancellationTokenSource): Stopped {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      source.cancel();
      reject(cancelled());
    };
  });
  aborted.catch(() => {});
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return {
    race: (promise) => Promise.race([promise, aborted]),
    check() {
      if (signal.aborted) throw cancelled();
    },
    dispose: () => signal.removeEventListener("abort", stop),
  };
}
