/** As long as a topic may be. */
const longestTopic = 256;

/**
 * The topic on which a change is told: `state.<scope>.<key>`, with `shared.<namespace>` for a shared scope. Dots of the key part it
 * into tokens, so that `state.plugin.config.>` hears of `config.theme`; what no topic may hold becomes `_`, and what is too long is
 * cut. Different keys may so share a topic: the exact key is in the event's data. A namespace is always one token.
 */
export function stateTopic(scope: string, key: string): string {
  const [kind = "", namespace] = scope.split(":");
  const root = namespace === undefined ? `state.${kind}` : `state.${kind}.${token(namespace)}`;
  const tokens = key.split(".").map(token).join(".");
  return `${root}.${tokens}`.slice(0, longestTopic).replace(/\.$/, "");
}

function token(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, "_") || "_";
}
