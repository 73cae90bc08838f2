import { OpenAICompatibleChatLanguageModel } from "@ai-sdk/openai-compatible";
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { type Clock, systemClock } from "../base/clock.ts";
import { Failure } from "../base/failure.ts";
import { parseJson } from "../base/json.ts";
import type { ModelEvent, ModelPort, ModelRequest } from "../core/ports.ts";
import { type Address, parseAddress, resourceURL } from "./address.ts";
import { notAStreamFailure, requestFailure, streamFailure } from "./errors.ts";
import { boundedFetch } from "./http.ts";
import type { Target } from "./httpErrors.ts";
import { usableKey } from "./key.ts";
import { toPrompt, toTools } from "./prompt.ts";
import { redactor } from "./redact.ts";
import { abortable, cancelled } from "./signals.ts";

/** An endpoint that speaks OpenAI's chat completions. */
export interface OpenAICompatibleOptions {
  readonly id: string;
  readonly label: string;
  /** `https://host/v1`; a query is sent along, and never shown. */
  readonly baseURL: string;
  readonly model: string;
  /** Asked before each request, so that a key can be replaced at any time; undefined sends none. */
  readonly apiKey?: () => Promise<string | undefined>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/**
 * A model behind an OpenAI-compatible endpoint.
 *
 * It stands on the AI SDK's provider and not on the SDK's `streamText`: one step is wanted and no loop, tools are
 * declared and never run, nothing is tried twice (the caller decides that), and the arguments of a call must arrive as
 * the text that the model wrote, broken or not. The provider gives exactly this, at half the size.
 *
 * @throws Failure `invalidParams` at once when the address cannot be used
 */
export function createOpenAICompatible(options: OpenAICompatibleOptions): ModelPort {
  const address = parseAddress(options.baseURL);
  const endpoint: Endpoint = { ...options, address, clock: options.clock ?? systemClock, wantsUsage: true };
  return {
    id: options.id,
    label: options.label,
    kind: "model",
    stream: (request, signal) => stream(endpoint, request, signal),
  };
}

interface Endpoint extends OpenAICompatibleOptions {
  readonly address: Address;
  readonly clock: Clock;
  /** Turned off for good once the server has refused `stream_options`. */
  wantsUsage: boolean;
}

async function* stream(endpoint: Endpoint, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
  // Ends the request too when the caller stops reading, or when a piece cannot be understood.
  const own = new AbortController();
  const both = AbortSignal.any([signal, own.signal]);
  try {
    const key = usableKey(await abortable(Promise.resolve(endpoint.apiKey?.()), signal), endpoint.label);
    const target: Target = {
      base: endpoint.address.base,
      model: endpoint.model,
      keyed: key !== undefined,
      redact: redactor([key, ...Object.values(endpoint.headers ?? {}), ...Object.values(endpoint.address.query)]),
    };
    const answer = await begin(endpoint, request, key, target, both);
    yield* events(answer, target, endpoint.clock);
  } catch (error) {
    throw signal.aborted ? cancelled() : error;
  } finally {
    own.abort();
  }
}

interface Answer {
  readonly parts: ReadableStream<LanguageModelV4StreamPart>;
  readonly contentType: string;
}

async function begin(
  endpoint: Endpoint,
  request: ModelRequest,
  key: string | undefined,
  target: Target,
  signal: AbortSignal,
): Promise<Answer> {
  const model = new OpenAICompatibleChatLanguageModel(endpoint.model, {
    provider: "parley",
    url: ({ path }) => resourceURL(endpoint.address, path),
    headers: { ...(key ? { Authorization: `Bearer ${key}` } : {}), ...endpoint.headers },
    fetch: boundedFetch,
    includeUsage: endpoint.wantsUsage,
  });
  try {
    const { stream: parts, response } = await model.doStream({
      prompt: toPrompt(request.messages),
      tools: toTools(request.tools),
      abortSignal: signal,
    });
    return { parts, contentType: response?.headers?.["content-type"] ?? "" };
  } catch (error) {
    const failure = requestFailure(error, target, endpoint.clock.now());
    // Some servers know no `stream_options`; they are asked again without it, once.
    const refused = failure.kind === "invalidRequest" && /stream_options|include_usage/.test(failure.message);
    if (!refused || !endpoint.wantsUsage) throw failure;
    endpoint.wantsUsage = false;
    return begin(endpoint, request, key, target, signal);
  }
}

type ToolCall = Extract<ModelEvent, { type: "toolCall" }>;

async function* events(answer: Answer, target: Target, clock: Clock): AsyncGenerator<ModelEvent> {
  const calls: ToolCall[] = [];
  let anything = false;
  const fail = (error: unknown): Failure => {
    if (!anything && /^(text\/html|application\/json)/i.test(answer.contentType)) return notAStreamFailure(target);
    return streamFailure(error, target, clock.now());
  };
  const reader = answer.parts.getReader();
  for (;;) {
    const { done, value: part } = await reader.read().catch((error: unknown) => {
      throw fail(error);
    });
    if (done) throw fail(undefined);
    switch (part.type) {
      case "text-delta":
        anything = true;
        yield { type: "text", text: part.delta };
        break;
      case "reasoning-delta":
        anything = true;
        yield { type: "thinking", text: part.delta };
        break;
      case "tool-call":
        // Held back until the end is known to be good: the SDK completes the calls of a cut answer too.
        calls.push({ type: "toolCall", id: part.toolCallId, name: part.toolName, arguments: part.input });
        break;
      case "error":
        throw fail(part.error);
      case "finish": {
        const finish = part.finishReason.unified;
        if (finish === "content-filter" && part.finishReason.raw === "content_filter") throw filtered(target);
        if (finish === "length") yield* calls.filter((call) => parseJson(call.arguments) !== undefined);
        else yield* calls;
        const { inputTokens, outputTokens } = part.usage;
        const known = inputTokens.total !== undefined || outputTokens.total !== undefined;
        yield {
          type: "end",
          finish: finish === "length" ? "length" : calls.length > 0 ? "tool-calls" : "stop",
          ...(known ? { usage: { input: inputTokens.total ?? 0, output: outputTokens.total ?? 0 } } : {}),
        };
        return;
      }
    }
  }
}

function filtered(target: Target): Failure {
  return new Failure("blocked", `The content filter of ${target.base} stopped the answer.`, {
    todo: "Say it in other words, or choose another model.",
  });
}
