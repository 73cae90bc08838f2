import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();
const visits = plugin.storage.shared("visits");
let seen: unknown;

visits.watch("total", async () => {
  seen = await visits.get("total");
});

plugin.commands.register("count", async ({ times }: { times: number }) => {
  let total: number | undefined;
  for (let time = 0; time < times; time++) {
    // Read, change, write if nobody else wrote meanwhile; else again.
    total = await visits.update<number>("total", (known = 0) => known + 1);
  }
  return total;
});
plugin.commands.register("seen", () => seen);

await plugin.start();
