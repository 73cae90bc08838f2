import { type AskPerson, type Passing, passAround } from "../intercepts/around.ts";
import type { ModelPort, ModelRequest } from "../ports.ts";
import { saidInstead, saysNothing } from "./instead.ts";
import { onlyFewer, saidIn, saidNoMore, sameMessages, withTexts } from "./narrowing.ts";

export type Said = ReturnType<typeof saidIn>;

export interface ModelPointParts {
  readonly intercepts: Passing;
  readonly askPerson?: AskPerson;
}

/**
 * The intercept point `model` around a request to a model; answers what is left of what it said, or what an intercept said in its
 * place. `ask` sends the request as the intercepts left it, `said` tells what came of it.
 */
export async function passModelPoint(
  { intercepts, askPerson }: ModelPointParts,
  one: {
    readonly model: ModelPort;
    readonly request: ModelRequest;
    readonly signal: AbortSignal;
    readonly ask: (request: ModelRequest) => Promise<void>;
    readonly said: () => Said;
  },
): Promise<Said> {
  const { request, said } = one;
  if (!intercepts.watches("model")) {
    await one.ask(request);
    return said();
  }
  const { conversation, turn, messages } = request;
  const tools = request.tools.map(({ name }) => name);
  const shown = messages.map(({ role, content }) => ({ role, content }));
  const { subject } = await passAround(intercepts, {
    ...{ point: "model", what: "The request to the model" },
    subject: { model: one.model.label, messages: shown, tools },
    pass: {
      ...{ conversation, turn, signal: one.signal },
      revalidate: (changed) => sameMessages(messages, changed.messages) ?? onlyFewer(tools, changed.tools),
      answerFlaw: saysNothing,
    },
    ...(askPerson && { ask: askPerson }),
    run: async ({ messages: texts, tools: left }) => {
      const some = Array.isArray(left) ? left : [];
      const kept = request.tools.filter(({ name }) => some.includes(name));
      await one.ask({ ...request, messages: withTexts(messages, texts), tools: kept });
      return said();
    },
    answered: (answer) => saidIn(saidInstead(answer), []),
    told: (result) => ({ result }),
    revalidateAfter: (changed) => saidNoMore(said().toolCalls, changed.result),
  });
  return subject.result as Said;
}
