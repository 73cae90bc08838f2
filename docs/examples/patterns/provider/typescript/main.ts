import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.providers.register("letters", {
  count: ({ text }: { text: string }) => text.replace(/\s/g, "").length,
});

plugin.commands.register("ask", async ({ text }: { text: string }, call) => {
  const [provider] = await call.providers.list("words");
  return { by: provider?.plugin, count: await call.providers.call<number>("words", "count", { text }) };
});

await plugin.start();
