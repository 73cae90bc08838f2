/** Answers nothing any more once it is called. */
import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();
plugin.offer("hang", () => {
  for (;;);
});
await plugin.start();
