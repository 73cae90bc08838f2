import type { ChatAnswer, ChatRequest } from "../brain.ts";
import type { Message, Tool, ToolCall } from "../guide/types.ts";
import { Refusal } from "./guards.ts";

/** What is read of a `POST /v1/chat/completions`; fields that are not listed are ignored, as such servers do. */
export type CompletionRequest = ChatRequest & { stream: boolean; usage: boolean };

/** Reads a request in OpenAI's format. Throws a refusal that names the field. */
export function readCompletion(body: unknown): CompletionRequest {
  const fields = record(body, "The body");
  if (!Array.isArray(fields.messages) || fields.messages.length === 0)
    throw bad("messages must be a list with at least one message.");
  const maxTokens = fields.max_completion_tokens ?? fields.max_tokens;
  return {
    messages: fields.messages.map(readMessage),
    tools: Array.isArray(fields.tools) && fields.tool_choice !== "none" ? fields.tools.map(readTool) : [],
    ...(typeof maxTokens === "number" && maxTokens > 0 ? { maxTokens: Math.floor(maxTokens) } : {}),
    stream: fields.stream === true,
    usage: (fields.stream_options as { include_usage?: unknown } | undefined)?.include_usage === true,
  };
}

function readMessage(value: unknown, index: number): Message {
  const message = record(value, `messages[${index}]`);
  const content = readContent(message.content, index);
  switch (message.role) {
    case "system":
    case "developer":
      return { role: "system", content };
    case "user":
      return { role: "user", content };
    case "assistant":
      return {
        role: "assistant",
        content,
        ...(Array.isArray(message.tool_calls) ? { toolCalls: message.tool_calls.map(readToolCall) } : {}),
      };
    case "tool":
      if (typeof message.tool_call_id !== "string") throw bad(`messages[${index}].tool_call_id must be text.`);
      return { role: "tool", toolCallId: message.tool_call_id, content };
    default:
      throw bad(`messages[${index}].role must be system, developer, user, assistant or tool.`);
  }
}

function readContent(content: unknown, index: number): string {
  if (typeof content === "string") return content;
  if (content === null || content === undefined) return "";
  if (!Array.isArray(content)) throw bad(`messages[${index}].content must be text or a list of parts.`);
  return content
    .map((part: unknown) => {
      const { type, text } = record(part, `messages[${index}].content`);
      if (type !== "text" || typeof text !== "string")
        throw bad(`messages[${index}].content: only parts of type text can be read here.`);
      return text;
    })
    .join("\n");
}

function readToolCall(value: unknown): ToolCall {
  const call = record(value, "tool_calls");
  const { name, arguments: args } = record(call.function, "tool_calls.function");
  if (typeof call.id !== "string" || typeof name !== "string")
    throw bad("A tool call needs an id and a function name.");
  return { id: call.id, name, arguments: typeof args === "string" ? args : "{}" };
}

function readTool(value: unknown): Tool {
  const { name, description, parameters } = record(record(value, "tools").function, "tools.function");
  if (typeof name !== "string") throw bad("A tool needs a function name.");
  const input =
    typeof parameters === "object" && parameters !== null
      ? (parameters as Record<string, unknown>)
      : { type: "object" };
  // Tools that come by HTTP carry no examples; a name like plugin_repo_search finds its recipe all the same.
  return {
    name,
    offer: `http/${name
      .replace(/^[a-z0-9-]+?_(?=repo_|calculate|get_|reset_)/, "")
      .replace(/^repo_/, "repo.")
      .replace("file_", "file.")}`,
    description: typeof description === "string" ? description : "",
    input,
  };
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(`${what} must be an object.`);
  return value as Record<string, unknown>;
}

const bad = (message: string): Refusal => new Refusal(400, "invalid_request_error", message);

const finishReasons = { stop: "stop", "tool-calls": "tool_calls", length: "length" } as const;

const wireCalls = (calls: ToolCall[]): object[] =>
  calls.map((call, index) => ({
    index,
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  }));

/** A whole answer in OpenAI's format. `created` is in seconds. */
export function completion(id: string, created: number, answer: ChatAnswer): object {
  const toolCalls = wireCalls(answer.toolCalls).map((call) => ({ ...call, index: undefined }));
  const message = {
    role: "assistant",
    content: answer.text,
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
  };
  return {
    id,
    object: "chat.completion",
    created,
    model: answer.model,
    choices: [{ index: 0, message, finish_reason: finishReasons[answer.finish] }],
    usage: usageOf(answer),
  };
}

/** One event of a stream: a piece of text, the tool calls, or the end. */
export function chunk(
  id: string,
  created: number,
  model: string,
  delta: object,
  finish: ChatAnswer["finish"] | null,
): object {
  return {
    id,
    object: "chat.completion.chunk",
    created,
    model,
    choices: [{ index: 0, delta, finish_reason: finish === null ? null : finishReasons[finish] }],
  };
}

export function callsDelta(answer: ChatAnswer): object | undefined {
  return answer.toolCalls.length === 0 ? undefined : { tool_calls: wireCalls(answer.toolCalls) };
}

/** Token counts; the guide has none, and zero says so. */
export function usageOf(answer: ChatAnswer): object {
  const { input = 0, output = 0 } = answer.usage ?? {};
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}
