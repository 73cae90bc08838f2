import { Failure } from "../../base/failure.ts";
import type { ActivityData } from "../../protocol/plugin/activity.ts";
import { llmEmbedOutput } from "../../protocol/plugin/capabilities.ts";
import type { TokenUsage } from "../../protocol/plugin/conversation.ts";
import type { Calls } from "../calls/calls.ts";
import type { ModelPort, ModelRequest, ModelsPort } from "../ports.ts";
import { deeds } from "../rules/targets.ts";
import type { ServiceContext, ServiceTable } from "./service.ts";
import { estimateTokens, type Spending, type TokenBudget } from "./tokenBudget.ts";

export interface ModelServiceParts {
  readonly models: Pick<ModelsPort, "current">;
  readonly calls: Pick<Calls, "call">;
  readonly budget: TokenBudget;
  /** A plugin took so much of a model, under a rule. */
  readonly spent?: (data: ActivityData<"model.spent">, conversation: string | undefined, rule: string) => void;
}

/** Models for plugins: the one that the person chose, within the plugin's budget. */
export function modelServices({
  models,
  calls,
  budget,
  spent,
}: ModelServiceParts): Pick<ServiceTable, "model/complete" | "model/embed"> {
  /** Settles what was held, and tells what was taken. */
  const settle = async (
    spending: Spending,
    { session, conversation, rule }: Pick<ServiceContext, "session" | "conversation" | "rule">,
    data: Omit<ActivityData<"model.spent">, "pluginId" | "left">,
  ): Promise<number> => {
    const left = await spending.settle(data.inputTokens + data.outputTokens);
    spent?.({ pluginId: session.plugin, ...data, left }, conversation, rule);
    return left;
  };
  return {
    "model/complete": {
      rights: () => [deeds.spend()],
      async handle({ messages, maxTokens }, { session, inside, conversation, signal, progress, rule }) {
        const input = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
        const model = await models.current();
        const spending = await budget.open(session.plugin, input, session.home.owner);
        const request = {
          ...{ messages, tools: [], conversation: conversation ?? "", turn: "", by: session.plugin },
          ...(inside && { inside: inside.id }),
        };
        const written = { text: "", usage: undefined as TokenUsage | undefined };
        const took = () => written.usage ?? { input, output: estimateTokens(written.text) };
        const settled = () =>
          settle(
            spending,
            { session, conversation, rule },
            {
              ...{ service: "model/complete", model: model.label, estimated: written.usage === undefined },
              ...{ inputTokens: took().input, outputTokens: took().output },
            },
          );
        try {
          const finish = await write(model, request, signal, written, spending, maxTokens, progress);
          const left = await settled();
          const { input: read, output } = took();
          const usage = { input: read, output, estimated: written.usage === undefined, left };
          return { text: written.text, model: model.label, kind: model.kind, finish, usage };
        } catch (error) {
          await settled();
          throw error;
        }
      },
    },
    "model/embed": {
      rights: () => [deeds.spend()],
      async handle({ texts }, { session, inside, conversation, signal, rule }) {
        const input = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
        const spending = await budget.open(session.plugin, input, session.home.owner);
        let took = 0;
        const settled = () =>
          settle(
            spending,
            { session, conversation, rule },
            {
              ...{ service: "model/embed", model: "llm.embed", estimated: true },
              ...{ inputTokens: took, outputTokens: 0 },
            },
          );
        try {
          const { result } = await calls.call({
            caller: "agent",
            servedFor: session.plugin,
            parent: inside?.id,
            to: { provides: "llm.embed" },
            name: "",
            args: { texts },
            conversation,
            hidden: true,
            signal,
          });
          took = input;
          const answer = llmEmbedOutput.safeParse(result);
          if (!answer.success || answer.data.vectors.length !== texts.length)
            throw new Failure(
              "unavailable",
              "The plugin that provides llm.embed answered with something that does not fit.",
              {
                todo: "Have its author mend it, or install another provider.",
              },
            );
          const left = await settled();
          return { ...answer.data, usage: { input, output: 0, estimated: true, left } };
        } catch (error) {
          await settled();
          throw error;
        }
      },
    },
  };
}

/** Gathers the answer in `written` and passes each piece on. Ends early at `maxTokens`; fails where the budget is used up. */
async function write(
  model: ModelPort,
  request: ModelRequest,
  signal: AbortSignal,
  written: { text: string; usage: TokenUsage | undefined },
  spending: Spending,
  maxTokens: number | undefined,
  progress: (value: { partial: { text: string } }) => unknown,
): Promise<"stop" | "length"> {
  const enough = new AbortController();
  let tokens = 0;
  try {
    for await (const event of model.stream(request, AbortSignal.any([signal, enough.signal]))) {
      if (event.type === "end") {
        written.usage = event.usage;
        return event.finish === "length" ? "length" : "stop";
      }
      if (event.type !== "text" || event.text === "") continue;
      written.text += event.text;
      const now = estimateTokens(written.text);
      spending.grow(now - tokens);
      tokens = now;
      await progress({ partial: { text: event.text } });
      if (maxTokens !== undefined && tokens >= maxTokens) return "length";
    }
  } finally {
    enough.abort(new Failure("cancelled", "Enough was written."));
  }
  return "stop";
}
