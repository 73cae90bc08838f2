import * as vscode from "vscode";
import { isJsonObject, parseJson } from "../base/json.ts";
import type { ChatMessage, ChatTool } from "../protocol/plugin/capabilities.ts";

/**
 * Parley's messages as VS Code's. There is no system role: its text comes first, as the person's. Answers of tools that
 * follow each other become one message, as providers want all answers of a step together.
 */
export function toLanguageModelMessages(messages: readonly ChatMessage[]): vscode.LanguageModelChatMessage[] {
  const result: vscode.LanguageModelChatMessage[] = [];
  let answers: vscode.LanguageModelToolResultPart[] | undefined;
  for (const message of messages) {
    if (message.role === "tool") {
      const text = new vscode.LanguageModelTextPart(message.content);
      const answer = new vscode.LanguageModelToolResultPart(message.toolCallId, [text]);
      if (answers) answers.push(answer);
      else {
        answers = [answer];
        result.push(vscode.LanguageModelChatMessage.User(answers));
      }
      continue;
    }
    answers = undefined;
    if (message.role === "assistant") {
      const parts = [
        ...(message.content === "" ? [] : [new vscode.LanguageModelTextPart(message.content)]),
        ...(message.toolCalls ?? []).map(
          (call) => new vscode.LanguageModelToolCallPart(call.id, call.name, toInput(call.arguments)),
        ),
      ];
      if (parts.length > 0) result.push(vscode.LanguageModelChatMessage.Assistant(parts));
    } else {
      result.push(vscode.LanguageModelChatMessage.User(message.content));
    }
  }
  return result;
}

/** Parley's tools as VS Code declares them to a model; only declared, none of them is registered. */
export function toLanguageModelTools(tools: readonly ChatTool[]): vscode.LanguageModelChatTool[] {
  return tools.map((tool) => ({ name: tool.name, description: tool.description, inputSchema: tool.input }));
}

/** VS Code wants an object; arguments that were none are shown to the model as the text they were. */
function toInput(text: string): object {
  const input = parseJson(text);
  if (isJsonObject(input)) return input;
  return text.trim() === "" ? {} : { unreadable: text };
}
