/** Works in the background until it is stopped, with a child process that ends by itself never, and remembers the call. */
import { spawn } from "node:child_process";
import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.offer("begin", async (_args, call) => {
  const { callId } = await call.call("longrun/work", {}, { detach: true });
  await plugin.storage.set("call", callId);
  return { callId };
});
plugin.offer("look", async () => await plugin.calls.get(await plugin.storage.get("call")));
plugin.offer("work", async (_args, call) => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000) // longrun"], { stdio: "ignore" });
  call.progress({ message: `a third is done by ${process.pid} and ${child.pid}` });
  await new Promise(() => {});
});

await plugin.start();
