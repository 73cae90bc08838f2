import type { Message, Tool, ToolCall } from "./guide/types.ts";

export type ChatRequest = { messages: Message[]; tools?: Tool[]; maxTokens?: number };
export type ChatAnswer = {
  text: string;
  toolCalls: ToolCall[];
  finish: "stop" | "tool-calls" | "length";
  model: string;
  kind: "model" | "rules";
  usage?: { input: number; output: number };
};

/** What answers a conversation, one step at a time; text is handed on in pieces while it comes. */
export type Brain = {
  model: string;
  kind: "model" | "rules";
  /** Why this one answers, for the person. */
  reason: string;
  answer(request: ChatRequest, onText: (piece: string) => void, signal: AbortSignal): Promise<ChatAnswer>;
};
