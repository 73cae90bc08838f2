import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.commands.register("greet", ({ name }: { name: string }) => `Hello ${name}, from TypeScript.`);

plugin.middleware.use("offer:middleware-python/greet", async ({ subject }, next) => {
  const { name } = subject.args as { name: string };
  // Answers in its place: the greeting does not happen.
  if (name === "nobody") return "There is nobody to greet.";
  const greeting = await next({ args: { name: name.trim() } });
  return `${greeting} And TypeScript was around.`;
});

await plugin.start();
