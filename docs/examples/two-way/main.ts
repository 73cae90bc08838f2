import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.offer("count_words", async ({ text }: { text: string }, call) => {
  const words = text.split(/\s+/).filter(Boolean).length;
  await call.addMessage(`I counted **${words}** words.`);
  return { words };
});

plugin.intercept({ point: "tool" }, ({ subject }) => {
  const { path } = subject.args as { path?: unknown };
  if (subject.action === "read" || !String(path).endsWith(".lock")) return undefined;
  return { decision: "deny", reason: "Lock files are written by tools, not by hand." };
});

await plugin.start();
