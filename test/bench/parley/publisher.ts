/** The publishing plugin. It keeps as many events on their way as the SDK lets it. */
import { createPlugin } from "@parley/sdk";
import { eventData, type FanOutCell } from "../loop.ts";
import { payloadOf } from "../payload.ts";

const inFlight = 60;
const plugin = createPlugin();
plugin.offer<FanOutCell>("publish", async ({ subscribers, bytes, events }) => {
  const payload = payloadOf(bytes);
  let next = 1;
  const one = async () => {
    while (next <= events) await plugin.publish(`bench.s${subscribers}`, eventData(payload, next++ === events));
  };
  await Promise.all(Array.from({ length: inFlight }, one));
});
await plugin.start();
