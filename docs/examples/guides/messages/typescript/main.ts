import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.offer("remark", async (_, call) => {
  const { messages = [] } = await call.getContext({ include: ["messages"], limit: 200 });
  const people = messages.filter(({ role }) => role === "user").length;
  // Only the person sees it. The key keeps it from being said twice.
  await call.addMessage({ content: `You wrote **${people}** messages.`, dedupeKey: `remark-${people}` });
  return people;
});

plugin.offer("hint", ({ text }: { text: string }, call) =>
  // The model reads it at its next step, fenced and under this plugin's name.
  call.addMessage({ content: text, intent: "context" }),
);

await plugin.start();
