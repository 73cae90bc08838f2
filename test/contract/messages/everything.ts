import type { WindowPort } from "../../../src/core/ports.ts";
import { unanswered } from "../../support/puppet.ts";
import type { ModelScript } from "../../support/scriptedParts.ts";

/** Wants for everything that the suite sends. */
export const allWants = [
  ["publish", "news.>"],
  ["publish", "inbox"],
  ["publish", "big.>"],
  ["subscribe", "news.>"],
  ["subscribe", "big.>"],
  ["intercept", "tool"],
  ["call", "target/*"],
  ["message", "conversation/*"],
  ["wake", "conversation"],
  ["read", "conversation/*"],
  ["state", "shared:team"],
  ["state", "database"],
  ["act", "*"],
  ["act", "editor/executeCommand:*"],
  ["spend", "model"],
].flatMap(([verb, target]) =>
  (verb === "call" || target === "shared:team" ? ["read", "write", "delete"] : [undefined]).map((action) => ({
    verb,
    target,
    ...(action ? { action } : {}),
    why: "The suite sends everything.",
  })),
);

/** A window in which everything works. */
export const window: WindowPort = {
  notify() {},
  ask: async (_plugin, { choices }) => choices.at(-1)?.title,
  consent: async () => true,
  open: async () => {},
  showDiff: async () => {},
  executeCommand: async (_command, args) => args,
  runInTerminal: async () => ({ state: "ended", exitCode: 3 }),
};

/** What the plugin offers that is called. */
export const targetOffers = [
  { name: "go", description: "Goes.", action: "read", facets: { provides: "test.go" } },
  { name: "embed", description: "Embeds.", action: "read", facets: { provides: "llm.embed" } },
  { name: "held", description: "Never answers by itself.", action: "read" },
];

/** What that plugin answers to a call. */
export function targetAnswers({ name, args }: Record<string, unknown>): unknown {
  if (name === "held") return unanswered;
  return name === "embed" ? { vectors: [[1], [2]], dimensions: 1, model: "puppet" } : args;
}

export const model: ModelScript = function* () {
  yield { type: "text", text: "Hello." };
  yield { type: "end", finish: "stop" };
};
