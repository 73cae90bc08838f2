import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.offer("hello", ({ name }: { name?: string }, call) => {
  plugin.log.info(`${call.caller} says hello.`);
  return { message: `Hello, ${name?.trim() || "world"}!` };
});

await plugin.start();
