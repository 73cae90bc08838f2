import type { PluginToHost, ResultOf } from "../protocol/plugin/methods.ts";
import type { PromptMessage } from "../protocol/plugin/models.ts";
import type { RequestOptions } from "../rpc/types.ts";
import type { Channel } from "./channel.ts";
import { type CallContext, childMeta } from "./context.ts";
import { type ResultStream, streamOf } from "./stream.ts";

export interface CompleteOptions {
  /** Goes before a prompt that is a text. */
  system?: string;
  /** End the answer after about so many tokens. */
  maxTokens?: number;
  /** Hears each piece of the answer while it is written; a promise that it answers holds back the model. */
  onText?: (text: string) => unknown;
}

/** The person's model. Needs the right to spend; over the plugin's budget of the day it fails with `budgetExceeded`. */
export interface Model {
  complete(
    prompt: string | readonly PromptMessage[],
    options?: CompleteOptions,
  ): Promise<ResultOf<PluginToHost, "model/complete">>;
  /** The same, read piece by piece: `for await (const text of model.stream("…"))`. */
  stream(
    prompt: string | readonly PromptMessage[],
    options?: Omit<CompleteOptions, "onText">,
  ): ResultStream<string, ResultOf<PluginToHost, "model/complete">>;
  /** One vector per text. */
  embed(texts: readonly string[]): Promise<ResultOf<PluginToHost, "model/embed">>;
}

/** The model, bound to a call as the verbs are. It has no deadline of its own: the person may be asked first. */
export function createModel(channel: Channel, context: CallContext): Model {
  const patient = { signal: context.signal, timeoutMs: Number.POSITIVE_INFINITY };
  const complete: Model["complete"] = (prompt, { system, maxTokens, onText } = {}) =>
    ask(
      prompt,
      { system, maxTokens },
      {
        onProgress: ({ partial }) => {
          const text = textOf(partial);
          return text === undefined ? undefined : onText?.(text);
        },
      },
    );
  function ask(
    prompt: string | readonly PromptMessage[],
    { system, maxTokens }: CompleteOptions,
    options: RequestOptions,
  ) {
    const messages = typeof prompt === "string" ? promptOf(prompt, system) : [...prompt];
    const params = { messages, maxTokens, _meta: childMeta(context) };
    return channel.request("model/complete", params, { ...patient, ...options });
  }
  return {
    complete,
    stream: (prompt, options = {}) => streamOf((more) => ask(prompt, options, more), context, textOf),
    embed: (texts) => channel.request("model/embed", { texts: [...texts], _meta: childMeta(context) }, patient),
  };
}

function textOf(partial: unknown): string | undefined {
  const text = (partial as { text?: unknown } | undefined)?.text;
  return typeof text === "string" ? text : undefined;
}

function promptOf(content: string, system: string | undefined): PromptMessage[] {
  const user: PromptMessage = { role: "user", content };
  return system === undefined ? [user] : [{ role: "system", content: system }, user];
}
