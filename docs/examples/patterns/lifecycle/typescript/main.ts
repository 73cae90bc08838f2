import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();
const seen: string[] = [];

for (const topic of ["plugin:activated", "plugin:deactivated"]) {
  plugin.events.on<{ pluginId: string }>(topic, ({ type, data }) => {
    if (data.pluginId === "lifecycle-python") seen.push(type);
  });
}

plugin.commands.register("seen", () => seen);

await plugin.start();
