/** Keeps conversations from being deleted, and speaks up in a notification and in the conversation. */
import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();

plugin.intercept({ point: "conversation" }, ({ subject }) =>
  subject.change === "deleted"
    ? { decision: "deny", reason: "The team keeps its conversations for a year." }
    : undefined,
);
plugin.offer("speak", async (_args, call) => {
  await call.actions.ui.notify(
    "The nightly build has failed in three of its twelve parts, and the person on call has not answered for an hour.",
    { level: "warning" },
  );
});

await plugin.start();
