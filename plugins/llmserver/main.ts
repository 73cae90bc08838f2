import { join } from "node:path";
import { createPlugin, PluginError } from "@parley/sdk";
import type { Brain, ChatRequest } from "./brain.ts";
import { dimensions, embed, embeddingModel } from "./embed.ts";
import { guideBrain, readRecipes } from "./guideBrain.ts";
import { findLlama } from "./llamaBrain.ts";
import { type Endpoints, serve } from "./server/http.ts";

const plugin = createPlugin();
let choosing: Promise<Brain> | undefined;
let endpoints: Endpoints | undefined;
let httpState = 'off; switch it on with the setting "http.enabled"';

/** What answers here, chosen once: the local model when everything for it is there, else the offline guide. */
function brain(): Promise<Brain> {
  choosing ??= choose();
  return choosing;
}

async function choose(): Promise<Brain> {
  const { config, info } = plugin;
  const text = (name: string): string => config.get<string>(name) ?? "";
  const contextSize = config.get<number>("contextSize") ?? 8_192;
  const found = await findLlama({
    dataDir: info.plugin.dataDir,
    modelsFolder: text("modelsFolder"),
    model: text("model"),
    contextSize,
  });
  if ("brain" in found) return found.brain;
  const recipes = await readRecipes(join(import.meta.dirname, "recipes"), (reason) =>
    plugin.log.warn(`A recipe was left out. ${reason}`),
  );
  return guideBrain(recipes, found.reason);
}

plugin.offer<ChatRequest>("chat", async (args, call) => {
  const answering = await brain();
  try {
    return await answering.answer(args, (text) => call.partial({ text }), call.signal);
  } catch (error) {
    if (answering.kind === "rules" || call.signal.aborted) throw error;
    plugin.log.error(`The local model failed: ${error instanceof Error ? error.message : String(error)}`);
    throw new PluginError("unavailable", `The local model ${answering.model} failed to answer.`, {
      todo: "The log of llmserver says why.",
    });
  }
});

plugin.offer<{ texts: string[] }>("embed", ({ texts }) => ({
  vectors: texts.map(embed),
  dimensions,
  model: embeddingModel,
}));

plugin.offer("status", async () => {
  const { model, kind, reason } = await brain();
  return { answers: kind === "model" ? model : "the offline guide (no model)", reason, http: httpState };
});

plugin.onReady(async () => {
  if (plugin.config.get("http.enabled") !== true) return;
  const port = plugin.config.get<number>("http.port") ?? 0;
  try {
    endpoints = await serve(await brain(), port, (error) =>
      plugin.log.error(`HTTP: ${error instanceof Error ? error.message : String(error)}`),
    );
    httpState = `http://127.0.0.1:${endpoints.port}/v1`;
    plugin.log.info(`Listening on ${httpState}`, { port: endpoints.port });
    plugin.health("up", httpState);
  } catch (error) {
    httpState = `off: port ${port} could not be opened (${error instanceof Error ? error.message : String(error)})`;
    plugin.log.error(httpState);
    plugin.health("degraded", httpState);
  }
});

plugin.onStop(() => endpoints?.close());

await plugin.start();
