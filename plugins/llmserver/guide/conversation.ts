import type { Message, ToolCall } from "./types.ts";

/** What a tool answered: its value, or the error's text. */
export type Outcome = { ok: true; value: unknown } | { ok: false; error: string };

/** One batch of calls that were made for the request, with what came of each. */
export type Batch = { calls: ToolCall[]; outcomes: Outcome[] };

/** The request that is to be answered, and how far answering it has come. */
export type Request = {
  text: string;
  /** The plugin that sent it, where it was no person. */
  plugin?: string;
  batches: Batch[];
  /** Where in the conversation the request stands; makes the ids of its calls unique. */
  index: number;
  /** The file that earlier calls were about, for "it" and "that file". */
  lastPath?: string;
  /** What is known besides the words: recipes read it beside their slots. */
  known?: Record<string, unknown>;
};

const fence = /^\s*<plugin-message plugin="([^"]*)" intent="([^"]*)">\n?([\s\S]*?)\n?<\/plugin-message>\s*$/;

/**
 * Finds the latest request and what was done for it. A plugin's message counts as one only when it started the turn (intent
 * `wake`, and not in the middle of a run). Undefined where nobody has said anything.
 */
export function readConversation(messages: Message[]): Request | undefined {
  let index = -1;
  let text = "";
  let plugin: string | undefined;
  messages.forEach((message, at) => {
    if (message.role !== "user") return;
    const fenced = fence.exec(message.content);
    if (fenced !== null && (fenced[2] !== "wake" || messages[at - 1]?.role === "tool")) return;
    index = at;
    text = fenced === null ? message.content : (fenced[3] as string);
    plugin = fenced?.[1];
  });
  if (index === -1) return undefined;
  const results = new Map<string, string>();
  for (const message of messages.slice(index))
    if (message.role === "tool") results.set(message.toolCallId, message.content);
  const batches: Batch[] = [];
  for (const message of messages.slice(index + 1)) {
    if (message.role !== "assistant" || !message.toolCalls?.length) continue;
    batches.push({
      calls: message.toolCalls,
      outcomes: message.toolCalls.map((call) => outcomeOf(results.get(call.id))),
    });
  }
  const lastPath = pathBefore(messages.slice(0, index));
  return {
    text,
    batches,
    index,
    ...(plugin === undefined ? {} : { plugin }),
    ...(lastPath === undefined ? {} : { lastPath }),
  };
}

/** Reads a tool message. Results travel as JSON or text, failures as text that begins with "Error:". */
export function outcomeOf(content: string | undefined): Outcome {
  if (content === undefined) return { ok: false, error: "The call has no result." };
  if (/^Error:/.test(content)) return { ok: false, error: errorText(content) };
  try {
    return { ok: true, value: JSON.parse(content) };
  } catch {
    return { ok: true, value: salvaged(content) ?? content };
  }
}

/** A page of a file whose JSON was cut for its length: its content up to the last whole line, marked as having more. */
function salvaged(content: string): unknown {
  if (!/\n\[cut: \d+ /.test(content)) return undefined;
  const found = /^\{"path":("(?:[^"\\]|\\.)*"),"content":"((?:[^"\\\n]|\\.)*)/.exec(content);
  if (found === null) return undefined;
  const text = JSON.parse(`"${found[2]}"`) as string;
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return {
    path: JSON.parse(found[1] as string),
    content: whole,
    offset: 1,
    count: whole.split("\n").length - 1,
    nextOffset: whole.split("\n").length,
  };
}

function pathBefore(messages: Message[]): string | undefined {
  for (const message of messages.toReversed()) {
    if (message.role !== "assistant") continue;
    for (const call of (message.toolCalls ?? []).toReversed()) {
      const path = /"path":\s*("(?:[^"\\]|\\.)*")/.exec(call.arguments);
      if (path !== null) return JSON.parse(path[1] as string);
    }
  }
  return undefined;
}

/** The words, and below them what to do; after a person's own no that is meant for a model. */
function errorText(content: string): string {
  const text = content.replace(/^Error:\s*/, "");
  return text.startsWith("The person refused") ? (text.split("\n\n")[0] ?? text) : text;
}
