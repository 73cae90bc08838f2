import type { Rule } from "../../protocol/rules.ts";
import { globMatches } from "./patterns.ts";
import { principals } from "./targets.ts";

/**
 * The person's own rules that speak of a plugin: of what it does, or of who calls its offers. Those that hold
 * everywhere speak of it too.
 */
export function personRulesAbout(rules: readonly Rule[], plugin: string): Rule[] {
  return rules.filter(({ source, who, verb, target }) => {
    if (source !== "person") return false;
    if (globMatches(who, principals.plugin(plugin))) return true;
    const [owner = ""] = target.split("/");
    return (verb === "call" || verb === "*") && globMatches(owner, plugin);
  });
}
