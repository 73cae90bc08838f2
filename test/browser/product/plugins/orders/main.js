/** Answers what it was asked with, as it was. */
import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.offer("order", (args) => JSON.stringify(args));

await plugin.start();
