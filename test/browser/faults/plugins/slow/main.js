/** Writes what happens to it into `happened` in its data folder, a line `WHAT PID` for each: `began`, `called`, `heard`. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();
const note = (what) => appendFileSync(join(process.env.PLUGIN_DATA, "happened"), `${what} ${process.pid}\n`);

plugin.offer("work", async ({ wait }) => {
  note("called");
  if (wait) await new Promise(() => {});
  return { pid: process.pid };
});
plugin.offer(
  { name: "later", description: "Declared while it runs.", action: "read", facets: { agent: true } },
  () => ({
    pid: process.pid,
  }),
);
plugin.subscribe("agent.end", () => note("heard"));
plugin.onReady(() => note("began"));

await plugin.start();
