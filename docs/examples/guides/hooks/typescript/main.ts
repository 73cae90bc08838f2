import { createPlugin } from "@parley/sdk";

const plugin = createPlugin();
const seen: string[] = [];

plugin.intercept({ point: "tool", match: "notes/*" }, ({ subject, invocation }) => {
  const { text } = subject.args as { text: string };
  seen.push(`before ${invocation}`);
  if (text.includes("BEGIN PRIVATE KEY")) return { decision: "deny", reason: "A private key belongs into no note." };
  const args = { text: text.replace(/password: \S+/g, "password: •••") };
  return { decision: "allow", updated: { args } };
});

// The same id as before it: so the two find each other.
plugin.intercept({ point: "tool", phase: "after", match: "notes/*" }, ({ invocation }) => {
  seen.push(`after ${invocation}`);
  return undefined;
});

plugin.offer("seen", () => seen);

await plugin.start();
