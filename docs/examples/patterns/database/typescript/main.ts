import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();
const { database } = plugin;
const table = "CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY, length INTEGER NOT NULL)";

plugin.commands.register("remember", async ({ word }: { word: string }) => {
  await database.transaction([table, ["INSERT OR REPLACE INTO words VALUES (?, ?)", [word, word.length]]]);
});
plugin.commands.register("recall", async () => {
  const { rows } = await database.query<{ word: string; length: number }>("SELECT * FROM words ORDER BY word");
  return rows.map(({ word, length }) => `${word}: ${length}`);
});
plugin.commands.register("tell", async ({ word }: { word: string }, call) => {
  await call.commands.execute("database-python:remember", { word });
  return call.commands.execute("database-python:recall");
});

await plugin.start();
