import { createPlugin, PluginError } from "@parley/sdk";

const plugin = createPlugin();
const notes: string[] = [];

plugin.messaging.on(async (message) => {
  if (!message.wantsReply) {
    notes.push(`${message.text} (${message.from})`);
    return;
  }
  const numbers = message.numbers as number[];
  if (numbers.length === 0) throw new PluginError("invalidParams", "There is nothing to add.");
  await message.reply({ sum: numbers.reduce((sum, number) => sum + number, 0), by: "TypeScript" });
});

plugin.commands.register("write", async ({ text }: { text: string }) => {
  await plugin.messaging.sendTo("message-python", { text });
});
plugin.commands.register("ask", ({ numbers }: { numbers: number[] }) =>
  plugin.messaging.request("message-python", { numbers }, { timeoutMs: 5_000 }),
);
plugin.commands.register("notes", () => notes);

await plugin.start();
