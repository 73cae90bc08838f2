import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.offer("tour", async (_, call) => {
  const file = await call.ui.ask("What do you want to see?", ["README.md", "src/main.ts"]);
  // Closed without an answer: that is an answer too.
  if (file === undefined) return "nothing";
  await call.editor.open(file, { line: 1 });
  return file;
});

await plugin.start();
