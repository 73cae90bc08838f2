import { principals } from "../core/rules/targets.ts";
import type { Rule, Want } from "../protocol/rules.ts";

const subjects: Readonly<Record<string, string>> = {
  [principals.person]: "You",
  [principals.agent]: "The agent",
  [principals.extension]: "Other extensions",
  [principals.plugin("*")]: "Every plugin",
  "*": "Everybody",
};

const effects = { allow: "may", deny: "may not", ask: "must ask you to" } as const satisfies Record<
  Rule["effect"],
  string
>;

/** What is done and to what, as in "call hello/hello (read)". */
export function deedWords({ verb, target, action }: Pick<Want | Rule, "verb" | "target" | "action">): string {
  return `${verb} ${target}${action ? ` (${action})` : ""}`;
}

/** A rule as a sentence without its full stop, as in "Every plugin may call hello/*, at most 10 times a minute". */
export function ruleWords(rule: Pick<Rule, "who" | "verb" | "target" | "action" | "effect" | "rate">): string {
  const { who, effect, rate } = rule;
  const often = rate ? `, at most ${rate.perMinute} ${rate.perMinute === 1 ? "time" : "times"} a minute` : "";
  return `${subjectWords(who)} ${effects[effect]} ${deedWords(rule)}${often}`;
}

/** A principal as a person reads it; a plugin by its name. */
function subjectWords(who: string): string {
  const plugin = principals.plugin("");
  return subjects[who] ?? (who.startsWith(plugin) ? who.slice(plugin.length) : who);
}
