import type { ActivityData } from "../../protocol/plugin/activity.ts";
import type { TokenUsage } from "../../protocol/plugin/conversation.ts";

/** What is told of a step of a model that took `ms` milliseconds. Without a usage the model has not said what it took. */
export function modelStep(model: string, usage: TokenUsage | undefined, ms: number): ActivityData<"model.step"> {
  if (!usage) return { model, ms };
  const { input, output } = usage;
  return { model, tokens: input + output, inputTokens: input, outputTokens: output, ms };
}
