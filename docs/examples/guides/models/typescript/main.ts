import { createPlugin, PluginError } from "@parley/sdk";

const plugin = createPlugin();

plugin.offer("title", async ({ text }: { text: string }, call) => {
  try {
    const answer = await call.model.complete(text, { system: "Answer a title of five words.", maxTokens: 30 });
    return { title: answer.text, left: answer.usage.left };
  } catch (error) {
    // Without the model it goes on as well as it can.
    if (error instanceof PluginError && error.kind === "budgetExceeded") return { title: text.slice(0, 20), left: 0 };
    throw error;
  }
});

await plugin.start();
