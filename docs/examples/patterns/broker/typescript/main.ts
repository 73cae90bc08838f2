import { type BrokerRequest, createPlugin, PluginError } from "@parley/sdk";

const plugin = createPlugin();

plugin.commands.register("hello", ({ parameters }: BrokerRequest) => {
  const names = parameters?.name;
  if (!names) throw new PluginError("invalidParams", "There is nobody in parameters.name.");
  return { value: `TypeScript says hello to ${names.join(" and ")}.` };
});

plugin.commands.register("ask", async ({ name }: { name: string }, { broker }) => ({
  answer: await broker.call("broker-python", "hello", "read", { parameters: { name: [name] } }),
  plugins: await broker.list(),
}));

await plugin.start();
