import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();
const heard: string[] = [];

const ear = plugin.events.on<{ colour: string }>("paint.mixed", ({ source, data }) => {
  heard.push(`${data.colour} by ${source}`);
  // Enough seen: what was sent already is passed over too.
  if (data.colour === "black") ear.off();
});

plugin.commands.register("mix", async ({ colour }: { colour: string }, call) => {
  await call.events.emit("paint.mixed", { colour });
});
plugin.commands.register("heard", () => heard);

await plugin.start();
