import { setTimeout as wait } from "node:timers/promises";
import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.commands.register("begin", async ({ cranes }: { cranes: number }) => {
  const task = await plugin.tasks.start(`Fold ${cranes} cranes`, async ({ progress, signal }) => {
    for (let folded = 0; folded < cranes; folded++) {
      progress({ message: `${folded} folded`, percentage: (100 * folded) / cranes });
      await wait(20, undefined, { signal });
    }
    return { folded: cranes };
  });
  return task.id;
});
plugin.commands.register("look", ({ id }: { id: string }) => plugin.tasks.get(id));
plugin.commands.register("stop", ({ id }: { id: string }) => plugin.tasks.cancel(id));
plugin.commands.register("list", () => plugin.tasks.list());

plugin.commands.register("order", (args: { cranes: number }, call) => call.commands.execute("task-python:begin", args));
plugin.commands.register("check", (args: { id: string }, call) => call.commands.execute("task-python:look", args));

await plugin.start();
