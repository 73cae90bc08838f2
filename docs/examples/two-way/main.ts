import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

const countWords = {
  name: "count_words",
  description: "Counts the words of a text.",
  input: { type: "object", required: ["text"], properties: { text: { type: "string" } } },
  facets: { agent: true },
  examples: [{ prompt: "count the words of {text}", args: { text: "to be or not to be" } }],
};

plugin.offer(countWords, async ({ text }: { text: string }, call) => {
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
