import type { ChatMessage } from "../../../protocol/plugin/capabilities.ts";

/** Characters that count as one token where nobody counted the tokens. */
export const charactersPerToken = 4;

export function charactersOf(messages: readonly ChatMessage[]): number {
  return messages.reduce(
    (sum, message) =>
      sum + message.content.length + callsIn(message).reduce((all, call) => all + call.arguments.length, 0),
    0,
  );
}

export function callsIn(message: ChatMessage) {
  return message.role === "assistant" ? (message.toolCalls ?? []) : [];
}

/**
 * How many of the oldest pieces of a conversation become a summary: all but the newest that together have at most
 * `keepCharacters`, of which the very last is one in any case. A piece is a message with the results of its tool calls, which
 * are never parted. `sizes` are the pieces' characters, oldest first.
 */
export function oldOnes(sizes: readonly number[], keepCharacters: number): number {
  let old = sizes.length;
  let kept = 0;
  while (old > 0) {
    kept += sizes[old - 1] ?? 0;
    if (old < sizes.length && kept > keepCharacters) break;
    old--;
  }
  return old;
}
