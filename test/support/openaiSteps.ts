/** What a scripted answer is made of, and the bytes that each step puts on the wire. */

export type Step =
  | { text: string }
  /** As `reasoning_content`; `as: "reasoning"` for the servers that call it so. */
  | { thinking: string; as?: "reasoning_content" | "reasoning" }
  /** One call, its arguments in `pieces` deltas (3 unless told). `arguments` is sent as it is, however broken. */
  | { toolCall: { id: string; name: string; arguments: string; index?: number; pieces?: number } }
  /** Calls whose pieces arrive by turns, as real servers send parallel calls. */
  | { toolCalls: { id: string; name: string; arguments: string; pieces?: number }[] }
  /** A delta with nothing in it. */
  | { empty: true }
  /** A keep-alive comment. */
  | { comment: string }
  /** Any bytes, as they are. */
  | { raw: string }
  /** An error object in mid-stream. */
  | { error: Record<string, unknown> | string }
  /** The last chunk; then usage where the request asked for it, then `[DONE]` unless `done` is false. */
  | { finish: string; usage?: { prompt: number; completion: number }; done?: boolean }
  /** Drops the connection. */
  | { cut: true }
  /** Ends the answer cleanly, with no word that it is complete. */
  | { end: true }
  /** Goes on when the test says `release()`; a client that closes first ends it. */
  | { hold: true }
  /** Waits; for people watching, never for a test's timing. */
  | { pauseMs: number }
  /** Instead of a stream; only as the first step. */
  | { status: number; headers?: Record<string, string>; body?: unknown };

/** The SSE text of one step; empty for steps that are about the connection. */
export function sse(step: Step, model: string, wantsUsage: boolean): string {
  const delta = (content: Record<string, unknown>, finish: string | null = null) =>
    event({ ...head(model), choices: [{ index: 0, delta: content, logprobs: null, finish_reason: finish }] });
  if ("text" in step) return delta({ content: step.text });
  if ("thinking" in step) return delta({ [step.as ?? "reasoning_content"]: step.thinking });
  if ("toolCall" in step)
    return toolCallDeltas(step.toolCall, step.toolCall.index ?? 0)
      .map((d) => delta(d))
      .join("");
  if ("toolCalls" in step) {
    return byTurns(step.toolCalls.map((call, index) => toolCallDeltas(call, index)))
      .map((d) => delta(d))
      .join("");
  }
  if ("empty" in step) return delta({});
  if ("comment" in step) return `: ${step.comment}\n\n`;
  if ("raw" in step) return step.raw;
  if ("error" in step) return event({ error: step.error });
  if ("finish" in step) {
    const usage = step.usage ?? { prompt: 11, completion: 7 };
    const counted = {
      prompt_tokens: usage.prompt,
      completion_tokens: usage.completion,
      total_tokens: usage.prompt + usage.completion,
    };
    return [
      delta({}, step.finish),
      wantsUsage ? event({ ...head(model), choices: [], usage: counted }) : "",
      step.done === false ? "" : "data: [DONE]\n\n",
    ].join("");
  }
  return "";
}

/** The first chunk of an answer, as the real service sends it. */
export function opening(model: string): string {
  const delta = { role: "assistant", content: "" };
  return event({ ...head(model), choices: [{ index: 0, delta, logprobs: null, finish_reason: null }] });
}

function head(model: string): Record<string, unknown> {
  return { id: "chatcmpl-scripted", object: "chat.completion.chunk", created: 1_700_000_000, model };
}

function event(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** The first delta names the call, the others carry only more of its arguments. */
function toolCallDeltas(
  call: { id: string; name: string; arguments: string; pieces?: number },
  index: number,
): Record<string, unknown>[] {
  const count = Math.max(1, call.pieces ?? 3);
  const size = Math.max(1, Math.ceil(call.arguments.length / count));
  const pieces = call.arguments.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
  return [
    { tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }] },
    ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}

function byTurns<T>(lists: T[][]): T[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}
