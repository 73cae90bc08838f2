/** Keeps lines in its own database, and counts in the background until it is cancelled. */
import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.offer("keep", async ({ line }, call) => {
  await call.database.transaction([
    "CREATE TABLE IF NOT EXISTS lines (id INTEGER PRIMARY KEY, line)",
    ["INSERT INTO lines (line) VALUES (?)", [line]],
  ]);
  const { rows } = await call.database.query("SELECT line FROM lines ORDER BY id");
  return { kept: rows };
});
plugin.offer("begin", async (_args, call) => await call.call("ledger/count", {}, { detach: true }));
plugin.offer("count", async (_args, call) => {
  call.progress({ message: "counted to a million" });
  await new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason)));
});

await plugin.start();
