/** The calling plugin, on the public SDK. Argument: whom it calls. */
import { createPlugin } from "@parley/sdk";
import { closedLoop, type TwoHopCell } from "../loop.ts";

const target = `${process.argv[3]}/echo`;
const plugin = createPlugin();
plugin.offer<TwoHopCell>("run", (cell) => closedLoop((payload) => plugin.call(target, payload), cell));
await plugin.start();
