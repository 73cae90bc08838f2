import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Brain, ChatAnswer } from "./brain.ts";
import type { Message, Tool, ToolCall } from "./guide/types.ts";

/** What is used of node-llama-cpp 3, which is not a dependency: it is taken from the plugin's data folder when it is there. */
type LlamaModule = {
  getLlama(options: { logLevel: string }): Promise<{ loadModel(options: { modelPath: string }): Promise<LlamaModel> }>;
  LlamaChat: new (options: { contextSequence: unknown }) => LlamaChat;
};
type LlamaModel = { createContext(options: { contextSize: number }): Promise<{ getSequence(): unknown }> };
type HistoryItem =
  | { type: "system" | "user"; text: string }
  | { type: "model"; response: (string | { type: "functionCall"; name: string; params: unknown; result: unknown })[] };
type LlamaChat = {
  generateResponse(
    history: HistoryItem[],
    options: {
      functions?: Record<string, { description: string; params: unknown }>;
      onTextChunk(text: string): void;
      signal: AbortSignal;
      stopOnAbortSignal: boolean;
      maxTokens?: number;
    },
  ): Promise<{
    response: string;
    functionCalls?: { functionName: string; params: unknown }[];
    metadata: { stopReason: string };
  }>;
};

export type LlamaSettings = { dataDir: string; modelsFolder: string; model: string; contextSize: number };

/**
 * The local model, or the reason why there is none, as a sentence for the person. Nothing is loaded before the first answer, since a
 * model takes seconds and gigabytes.
 */
export async function findLlama(settings: LlamaSettings): Promise<{ brain: Brain } | { reason: string }> {
  const folder = settings.modelsFolder || join(settings.dataDir, "models");
  const names = await readdir(folder).catch(() => [] as string[]);
  const files = names.filter((name) => /\.gguf$/i.test(name)).sort();
  const wanted = settings.model || files[0];
  if (wanted === undefined) return { reason: `There is no GGUF model in ${folder}.` };
  const file = isAbsolute(wanted) ? wanted : join(folder, wanted);
  if (!isAbsolute(wanted) && !names.includes(wanted)) return { reason: `The model ${wanted} is not in ${folder}.` };
  const module = locate(settings.dataDir);
  if (module === undefined) {
    return {
      reason: `The model ${wanted} is there, but not the package that runs it. Run "npm install node-llama-cpp@3" in ${settings.dataDir}.`,
    };
  }
  return { brain: llamaBrain(wanted, file, module, settings.contextSize) };
}

function locate(dataDir: string): string | undefined {
  try {
    return createRequire(join(dataDir, "package.json")).resolve("node-llama-cpp");
  } catch {
    return undefined;
  }
}

function llamaBrain(name: string, file: string, module: string, contextSize: number): Brain {
  let loading: Promise<LlamaChat> | undefined;
  const load = async (): Promise<LlamaChat> => {
    const { getLlama, LlamaChat } = (await import(pathToFileURL(module).href)) as LlamaModule;
    const llama = await getLlama({ logLevel: "error" });
    const model = await llama.loadModel({ modelPath: file });
    const context = await model.createContext({ contextSize });
    return new LlamaChat({ contextSequence: context.getSequence() });
  };
  // One sequence answers one conversation step at a time.
  let last: Promise<unknown> = Promise.resolve();
  return {
    model: name,
    kind: "model",
    reason: `The local model ${name}.`,
    async answer({ messages, tools, maxTokens }, onText, signal) {
      const turn = last.then(async (): Promise<ChatAnswer> => {
        loading ??= load();
        const chat = await loading.catch((error: unknown) => {
          loading = undefined;
          throw error;
        });
        const made = await chat.generateResponse(historyOf(messages), {
          ...(tools?.length ? { functions: functionsOf(tools) } : {}),
          onTextChunk: onText,
          signal,
          stopOnAbortSignal: false,
          ...(maxTokens === undefined ? {} : { maxTokens }),
        });
        const toolCalls = (made.functionCalls ?? []).map(
          (call, index): ToolCall => ({
            id: `local-${messages.length}-${index}`,
            name: call.functionName,
            arguments: JSON.stringify(call.params ?? {}),
          }),
        );
        const finish =
          toolCalls.length > 0 ? "tool-calls" : made.metadata.stopReason === "maxTokens" ? "length" : "stop";
        return { text: made.response, toolCalls, finish, model: name, kind: "model" };
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}

function functionsOf(tools: Tool[]): Record<string, { description: string; params: unknown }> {
  return Object.fromEntries(tools.map((tool) => [tool.name, { description: tool.description, params: tool.input }]));
}

/** The conversation in the model's own form: tool calls and their results are part of what the model said. */
export function historyOf(messages: Message[]): HistoryItem[] {
  const results = new Map(
    messages.flatMap((message) => (message.role === "tool" ? [[message.toolCallId, message.content] as const] : [])),
  );
  const history: HistoryItem[] = [];
  for (const message of messages) {
    if (message.role === "tool") continue;
    if (message.role !== "assistant") {
      history.push({ type: message.role, text: message.content });
      continue;
    }
    const calls = (message.toolCalls ?? []).map((call) => ({
      type: "functionCall" as const,
      name: call.name,
      params: parse(call.arguments),
      result: results.get(call.id) ?? "Error: no result",
    }));
    const response = [...(message.content === "" ? [] : [message.content]), ...calls];
    const before = history.at(-1);
    if (before?.type === "model") before.response.push(...response);
    else history.push({ type: "model", response });
  }
  if (history.at(-1)?.type !== "model") history.push({ type: "model", response: [] });
  return history;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
