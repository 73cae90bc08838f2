/** What a client sent, read as strictly as the real service reads it. Written from the API's reference, not from a client. */

export interface ToolCallOnWire {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export type MessageOnWire =
  | { role: "system" | "developer" | "user"; content: string }
  | { role: "assistant"; content?: string | null; tool_calls?: ToolCallOnWire[] }
  | { role: "tool"; tool_call_id: string; content: string };

export interface ToolOnWire {
  type: "function";
  function: { name: string; description?: string; parameters?: Record<string, unknown> };
}

export interface ChatRequest {
  model: string;
  messages: MessageOnWire[];
  tools?: ToolOnWire[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
}

/** What the service would refuse about this request, as one sentence; undefined when it is well formed. */
export function problemOf(body: unknown): string | undefined {
  if (!isRecord(body)) return "The body is not a JSON object.";
  if (typeof body.model !== "string" || body.model === "") return "you must provide a model parameter";
  if (!Array.isArray(body.messages) || body.messages.length === 0) return "'messages' must be a non-empty array.";
  if (body.tools !== undefined) {
    if (!Array.isArray(body.tools) || body.tools.length === 0) return "[] is too short - 'tools'";
    for (const [index, tool] of body.tools.entries()) {
      if (!isRecord(tool) || tool.type !== "function" || !isRecord(tool.function))
        return `'tools.${index}' is no function.`;
      if (typeof tool.function.name !== "string" || !/^[a-zA-Z0-9_-]{1,64}$/.test(tool.function.name)) {
        return `Invalid 'tools[${index}].function.name': string does not match pattern.`;
      }
      if (tool.function.parameters !== undefined && !isRecord(tool.function.parameters)) {
        return `Invalid 'tools[${index}].function.parameters'.`;
      }
    }
  }
  return problemOfMessages(body.messages);
}

/** Each `tool_calls` must be answered by tool messages at once, and no tool message may stand anywhere else. */
function problemOfMessages(messages: unknown[]): string | undefined {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const at = `messages.[${index}]`;
    if (!isRecord(message)) return `${at} is not an object.`;
    if (message.role === "tool") {
      if (typeof message.content !== "string") return `${at}.content must be a string.`;
      if (!open.delete(String(message.tool_call_id))) {
        return `${at}: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.`;
      }
      continue;
    }
    if (open.size > 0) return `${at}: tool_call_ids did not have response messages: ${[...open].join(", ")}`;
    if (message.role === "assistant") {
      const calls = message.tool_calls;
      if (calls === undefined) {
        if (typeof message.content !== "string") return `${at}.content is required without tool_calls.`;
        continue;
      }
      if (!Array.isArray(calls) || calls.length === 0) return `${at}.tool_calls is too short.`;
      for (const call of calls) {
        if (!isRecord(call) || call.type !== "function" || !isRecord(call.function))
          return `${at}.tool_calls is wrong.`;
        if (typeof call.id !== "string" || typeof call.function.arguments !== "string")
          return `${at}.tool_calls is wrong.`;
      }
      open = new Set(calls.map((call: ToolCallOnWire) => call.id));
    } else if (message.role === "user" || message.role === "system" || message.role === "developer") {
      if (typeof message.content !== "string" && !Array.isArray(message.content)) return `${at}.content is required.`;
    } else {
      return `${at}.role '${String(message.role)}' does not exist.`;
    }
  }
  return open.size > 0 ? `tool_call_ids did not have response messages: ${[...open].join(", ")}` : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
