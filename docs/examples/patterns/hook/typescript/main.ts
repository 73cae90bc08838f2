import { createPlugin, PluginError } from "@parley/sdk";

const plugin = createPlugin();
const seen: unknown[] = [];

// A point of its own, declared in plugin.json: what is done where nobody objects.
plugin.hooks.declare("save", ({ text }: { text: string }) => ({ saved: text }));
plugin.commands.register("write", ({ text }: { text: string }) => plugin.hooks.run("save", { text }));

plugin.hooks.register("before:hook-python:save", ({ text }: { text: string }) => {
  if (text === "") throw new PluginError("blocked", "An empty note is no note.");
  return { text: text.toLowerCase() };
});
plugin.hooks.register("after:hook-python:save", (result) => void seen.push(result));
plugin.commands.register("seen", () => seen);

await plugin.start();
