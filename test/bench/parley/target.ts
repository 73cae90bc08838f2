/** The plugin that is called: it answers with what it was sent. */
import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();
plugin.offer("echo", (args) => args);
await plugin.start();
