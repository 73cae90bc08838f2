import { Failure } from "../../src/base/failure.ts";
import type { ModelEvent, ModelPort, ModelRequest } from "../../src/core/ports.ts";

/** What one step of a model came to: its pieces, and the failure that ended it, if one did. */
export interface StepOutcome {
  events: ModelEvent[];
  text: string;
  thinking: string;
  calls: { id: string; name: string; arguments: string }[];
  end: Extract<ModelEvent, { type: "end" }> | undefined;
  failure: Failure | undefined;
}

/** A request with one message of the person, unless told otherwise. */
export function ask(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { messages: [{ role: "user", content: text }], tools: [], conversation: "c1", turn: "t1", ...more };
}

/** Runs a step to its end. Anything thrown that is no `Failure` is thrown on. */
export async function runStep(
  model: ModelPort,
  request: ModelRequest,
  { signal = new AbortController().signal, onEvent = (_: ModelEvent): void => {} } = {},
): Promise<StepOutcome> {
  const events: ModelEvent[] = [];
  let failure: Failure | undefined;
  try {
    for await (const event of model.stream(request, signal)) {
      events.push(event);
      onEvent(event);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    failure = error;
  }
  const texts = (type: "text" | "thinking") =>
    events.flatMap((event) => (event.type === type ? [event.text] : [])).join("");
  return {
    events,
    text: texts("text"),
    thinking: texts("thinking"),
    calls: events.flatMap((event) => {
      if (event.type !== "toolCall") return [];
      return [{ id: event.id, name: event.name, arguments: event.arguments }];
    }),
    end: events.find((event) => event.type === "end"),
    failure,
  };
}
