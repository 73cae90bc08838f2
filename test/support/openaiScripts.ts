import { type ChatRequest, isRecord, type MessageOnWire } from "./openaiRequest.ts";
import type { Step } from "./openaiSteps.ts";

/** Answers the `nth` request (from 0) to chat completions. */
export type Script = (request: ChatRequest, nth: number) => Step[];

/** Scripts by name, for `node test/support/openaiServer.ts --script NAME` and for suites that drive a whole window. */
export const scripts: Record<string, Script> = {
  echo: (request) => [{ text: `You said: ${lastUser(request)}` }, { finish: "stop" }],
  "tool-loop": toolLoop,
  thinking: (request) => [
    { thinking: "Let me see … " },
    { thinking: "yes." },
    ...say(`You said: ${lastUser(request)}`),
  ],
  cut: () => [{ text: "This answer will not be " }, { cut: true }],
  slow: (request) => [
    ...lastUser(request)
      .split(" ")
      .flatMap((word): Step[] => [{ text: `${word} ` }, { pauseMs: 300 }]),
    { finish: "stop" },
  ],
  hang: () => [{ text: "Thinking about it" }, { hold: true }, { finish: "stop" }],
  "broken-arguments": (request) =>
    request.messages.at(-1)?.role === "tool"
      ? say(`It answered: ${String(request.messages.at(-1)?.content)}`)
      : [
          { toolCall: { id: "call_1", name: firstTool(request), arguments: '{"path": "a.ts", ' } },
          { finish: "tool_calls" },
        ],
  "unknown-tool": (request) =>
    request.messages.at(-1)?.role === "tool"
      ? say(`It answered: ${String(request.messages.at(-1)?.content)}`)
      : [{ toolCall: { id: "call_1", name: "no_such_tool", arguments: "{}" } }, { finish: "tool_calls" }],
  "rate-limited-once": (request, nth) =>
    nth === 0
      ? [{ status: 429, headers: { "retry-after": "1" }, body: { error: { message: "Rate limit reached" } } }]
      : say(`You said: ${lastUser(request)}`),
  "server-error": () => [{ status: 500, body: { error: { message: "The server had an error" } } }],
};

/**
 * Does what the person's message spells out, so that a test can write the model's part itself: each line
 * `call NAME {json}` becomes a tool call (all lines of one message in one step), and once all are answered the answer
 * quotes them. NAME may be the end of a tool's name, after its plugin. Lines between `call`s and a line `then` are
 * steps of their own. Any other message is echoed.
 */
function toolLoop(request: ChatRequest): Step[] {
  const from = request.messages.findLastIndex((message) => message.role === "user" && /^call \S/m.test(text(message)));
  const asked = from < 0 ? undefined : request.messages[from];
  if (!asked || request.messages.slice(from + 1).some((message) => message.role === "user")) {
    return say(`You said: ${lastUser(request)}`);
  }
  const rounds = text(asked)
    .split(/^then$/m)
    .map(callsIn);
  const since = request.messages.slice(from + 1);
  const round = rounds[since.filter((message) => message.role === "assistant").length];
  if (!round) {
    const answers = since.filter((message) => message.role === "tool").map((message) => `> ${text(message)}`);
    return say(`The tools answered:\n\n${answers.join("\n\n")}`);
  }
  const calls = round.map((call, index) => ({
    id: `call_${since.length}_${index}`,
    name: fullName(request, call.name),
    arguments: call.arguments,
  }));
  return [{ text: "I will look. " }, { toolCalls: calls }, { finish: "tool_calls" }];
}

function callsIn(lines: string): { name: string; arguments: string }[] {
  return [...lines.matchAll(/^call (\S+)(?: (.*))?$/gm)].map(([, name = "", json]) => ({
    name,
    arguments: json ?? "{}",
  }));
}

function fullName(request: ChatRequest, name: string): string {
  const names = request.tools?.map((tool) => tool.function.name) ?? [];
  return names.find((other) => other === name) ?? names.find((other) => other.endsWith(name)) ?? name;
}

function firstTool(request: ChatRequest): string {
  return request.tools?.[0]?.function.name ?? "none";
}

function say(words: string): Step[] {
  const pieces = words.match(/[\s\S]{1,12}/g) ?? [];
  return [...pieces.map((piece) => ({ text: piece })), { finish: "stop" }];
}

function lastUser(request: ChatRequest): string {
  const last = request.messages.findLast((message) => message.role === "user");
  return last ? text(last) : "";
}

function text(message: MessageOnWire): string {
  const content: unknown = message.content;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isRecord(part) && typeof part.text === "string" ? part.text : "")).join("");
}
