import { type BrokerRequest, createPlugin } from "@parley/sdk";

const context = createPlugin();
const other = "ported-python";
const seen: string[] = [];

// Events. The handler gets the event; what was emitted is its data.
context.events.on<{ pluginId: string }>("plugin:activated", ({ data }) => {
  seen.push(`${data.pluginId} activated`);
});
context.events.on<{ table: string }>("data:changed", ({ source, data }) => {
  seen.push(`${data.table} changed by ${source}`);
});

// Commands, shared storage and a capability of this plugin's own.
context.commands.register("get-data", async ({ table }: { table: string }) => {
  await context.storage.shared("ported").set("shared-key", { data: table });
  await context.events.emit("data:changed", { table });
  return [{ table, by: "TypeScript" }];
});
context.providers.register("typescript-users", {
  async get(query: { limit: number }) {
    return ["Ada", "Grace"].slice(0, query.limit);
  },
});

// Direct messages.
context.messaging.on("message", (msg) => {
  if (msg.action === "processData") void msg.reply({ status: "done", items: msg.payload });
});

// Middleware and hooks. A hook answers the data as they go on.
context.middleware.use({ point: "call", match: "*/get-data" }, async ({ subject }, next) => {
  seen.push(`call ${subject.name}`);
  const result = await next();
  seen.push("called");
  return result;
});
context.hooks.register("before:save", async (data: { text: string }) => {
  seen.push(`About to save: ${data.text}`);
  return { text: data.text.trim() };
});
context.hooks.declare("save", ({ text }: { text: string }) => ({ saved: text }));

// A method that others call with the broker, in its form of a request.
context.commands.register("hello", ({ parameters, body }: BrokerRequest) => ({ value: parameters?.key, body }));

context.commands.register("visit", async (_args, call) => {
  const data = await call.commands.execute(`${other}:get-data`, { table: "users" });
  const shared = await call.storage.shared("ported").get("shared-key");
  const letter = { type: "request", action: "processData", payload: [1, 2] };
  const reply = await context.messaging.request(other, letter);
  const users = await call.providers.call("python-users", "get", { limit: 1 });
  const saved = await context.hooks.run("save", { text: " a note " });
  const request = { parameters: { key: ["value"] }, body: { a: 5 } };
  const hello = await call.CallPlugin(other, "hello", "read", request);
  return { data, shared, reply, users, saved, hello, plugins: await call.ListPlugins() };
});

context.commands.register("speak", async (_args, call) => {
  const event = await call.emit_event("ported.said", { words: 1 });
  const { messageId } = await call.add_message("assistant", "Hello from a plugin.");
  const { messages, usage } = await call.get_context();
  context.logger.info("spoke", { event, messageId });
  return { heard: messages?.at(-1)?.content, usage: usage !== undefined };
});
context.commands.register("seen", () => seen);

await context.start();
