/** A subscribing plugin. Argument: its number, which says in which sizes of audience it is. */
import { createPlugin } from "@parley/sdk";
import { Counter } from "../loop.ts";

const number = Number(process.argv[3]);
const counter = new Counter();
const plugin = createPlugin();
for (const count of [1, 10, 50]) {
  if (number < count)
    plugin.subscribe(`bench.s${count}`, ({ data }) => counter.heard(data), {
      onLost: ({ count }) => counter.missed(count),
    });
}
plugin.offer("ready", () => null);
plugin.offer("arm", () => counter.arm());
plugin.offer("wait", () => counter.wait());
await plugin.start();
