import { createPlugin, PluginError } from "@parley/sdk";

const plugin = createPlugin();
const other = "requests-python";
const notes: string[] = [];

// A request and its answer are a call.
plugin.offer("weather", ({ town }: { town: string }) => {
  if (town !== "Oslo") throw new PluginError("notFound", `I know no ${town}.`, { todo: "Ask for Oslo." });
  return { sky: "snow" };
});

// A direct message has no answer, and reaches only the plugin that `to` names.
plugin.subscribe<{ note: string }>("inbox", ({ source, data }) => {
  notes.push(`${data.note} (${source})`);
});

plugin.offer("plan", async ({ town }: { town: string }, call) => {
  const { sky } = await call.call<{ sky: string }>(`${other}/weather`, { town });
  await call.publish("inbox", { note: `${sky} in ${town}` }, { to: other });
  return sky;
});
plugin.offer("notes", () => notes);

await plugin.start();
