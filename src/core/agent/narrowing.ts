import { Failure } from "../../base/failure.ts";
import type { ChatMessage } from "../../protocol/plugin/capabilities.ts";

/** What intercepts may make of a step and of a request to the model: less, never more. */

/** What is wrong with a list of tools that an intercept left; undefined where it holds nothing that was not there. */
export function onlyFewer(names: readonly string[], left: unknown): Failure | undefined {
  const added = Array.isArray(left) ? left.find((name) => !names.includes(name)) : "";
  if (added === undefined) return undefined;
  return new Failure("denied", `An intercept may take tools away, not add "${String(added)}".`);
}

/** The tools that are left. */
export function kept<Tool>(tools: ReadonlyMap<string, Tool>, left: unknown): Map<string, Tool> {
  const names = Array.isArray(left) ? left : [];
  return new Map([...tools].filter(([name]) => names.includes(name)));
}

/** What is wrong with messages that an intercept left: their texts may be others, nothing else of them. */
export function sameMessages(messages: readonly ChatMessage[], left: unknown): Failure | undefined {
  const same =
    Array.isArray(left) && left.length === messages.length && left.every(({ role }, at) => role === messages[at]?.role);
  if (same) return undefined;
  return new Failure(
    "denied",
    "An intercept may change the texts of the messages, not how many there are or whose they are.",
  );
}

/** The messages with the texts that an intercept left. */
export function withTexts(messages: readonly ChatMessage[], left: unknown): ChatMessage[] {
  const texts = Array.isArray(left) ? left : [];
  return messages.map((message, at) => ({ ...message, content: String(texts[at]?.content ?? message.content) }));
}

interface Said {
  readonly content: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
}

/** What a model said, as intercepts see it. */
export function saidIn(content: string, calls: Said["toolCalls"]): Said {
  return { content, toolCalls: calls.map(({ name, arguments: text }) => ({ name, arguments: text })) };
}

/** What is wrong with what an intercept left of what a model said: calls may be taken away, not added or changed. */
export function saidNoMore(calls: Said["toolCalls"], left: unknown): Failure | undefined {
  const known = new Set(calls.map(keyOf));
  const all = (left as Said | undefined)?.toolCalls ?? [];
  if (all.every((call) => known.has(keyOf(call)))) return undefined;
  return new Failure("denied", "An intercept may take calls away from what the model wants, not add or change one.");
}

/** The calls that are left. */
export function callsLeft<Call extends Said["toolCalls"][number]>(calls: readonly Call[], left: Said): Call[] {
  const known = new Set(left.toolCalls.map(keyOf));
  return calls.filter((call) => known.has(keyOf(call)));
}

function keyOf({ name, arguments: text }: Said["toolCalls"][number]): string {
  return JSON.stringify([name, text]);
}
