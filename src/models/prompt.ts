import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool, LanguageModelV4Prompt } from "@ai-sdk/provider";
import type { ChatMessage, ChatTool } from "../protocol/plugin/capabilities.ts";

/** Parley's messages as the AI SDK's prompt. Answers of tools that follow each other become one message. */
export function toPrompt(messages: readonly ChatMessage[]): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  const toolNames = new Map<string, string>();
  for (const message of messages) {
    switch (message.role) {
      case "system":
        prompt.push({ role: "system", content: message.content });
        break;
      case "user":
        prompt.push({ role: "user", content: [{ type: "text", text: message.content }] });
        break;
      case "assistant": {
        const calls = message.toolCalls ?? [];
        for (const call of calls) toolNames.set(call.id, call.name);
        prompt.push({
          role: "assistant",
          content: [
            ...(message.content ? [{ type: "text" as const, text: message.content }] : []),
            ...calls.map((call) => ({
              type: "tool-call" as const,
              toolCallId: call.id,
              toolName: call.name,
              // The text itself: the SDK sends it as it is, and quotes it where it is no JSON, because servers that
              // render a template parse it again.
              input: call.arguments.trim() === "" ? "{}" : call.arguments,
            })),
          ],
        });
        break;
      }
      case "tool": {
        const result = {
          type: "tool-result" as const,
          toolCallId: message.toolCallId,
          toolName: toolNames.get(message.toolCallId) ?? "unknown",
          output: { type: "text" as const, value: message.content },
        };
        const last = prompt.at(-1);
        if (last?.role === "tool") last.content.push(result);
        else prompt.push({ role: "tool", content: [result] });
        break;
      }
    }
  }
  return prompt;
}

/** Parley's tools as the AI SDK declares them: only declared, nothing here can run one. */
export function toTools(tools: readonly ChatTool[]): LanguageModelV4CallOptions["tools"] {
  return tools.map((tool) => ({
    type: "function",
    name: tool.name,
    description: tool.description,
    inputSchema: tool.input as LanguageModelV4FunctionTool["inputSchema"],
  }));
}
