import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.commands.register("greet", ({ name }: { name: string }) => `Hello ${name}, from TypeScript.`);

plugin.commands.register("visit", ({ name }: { name: string }, call) =>
  call.commands.execute<string>("command-python:greet", { name }),
);

await plugin.start();
