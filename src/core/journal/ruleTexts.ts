import type { Rule } from "../../protocol/rules.ts";
import type { JournalRow } from "./records.ts";

/** What the names stand for that are no rules of the list: what holds where no rule speaks, and a person's single answers. */
const others: Readonly<Record<string, string>> = {
  "default:person": "A person may do everything that no rule forbids.",
  "default:agent-call": "No rule lets the agent do this without asking, so the person is asked.",
  "default:agent": "No rule allows it to the agent.",
  "default:plugin": "No rule allows it to the plugin.",
  "default:other": "No rule allows it.",
  "default:nobody": "Nobody was named as the one who asks.",
  "builtin:host-topics": "Topics of the host are published by Parley alone.",
  "builtin:strange-conversation":
    "A plugin is in a conversation only that the host named to it, that is the visible one, or in which it has spoken.",
  "builtin:turn-of-others": "A plugin stops the turns that it started; any other needs the right to `agent/stop:any`.",
  "person:once": "The person allowed it this once, on the card.",
  "person:conversation": "The person allowed it for this conversation, on the card.",
  "person:workspace": "The person allowed it for this workspace, on the card.",
  "person:always": "The person allowed it for good, on the card.",
  "person:refused": "The person refused it, on the card.",
};

const words = { allow: "may", ask: "may, once the person was asked,", deny: "may not" } as const;
const makers = { builtin: "part of Parley", grant: "a right that the plugin was granted", person: "the person's own" };

/** A rule as a person reads it, in one or two sentences. */
export function textOfRule(rule: Rule): string {
  const { who, verb, target, action, effect, scope, expires, why, source, revoked } = rule;
  const what = verb === "*" ? "do anything to" : verb;
  const aim = target === "*" ? "everything" : target;
  const where = [
    scope?.conversation === undefined ? "" : " in one conversation",
    scope?.workspace === undefined ? "" : " in one workspace",
    expires === undefined ? "" : ` until ${timeText(expires)}`,
  ].join("");
  const which = action === undefined || action === "*" ? "" : ` (${action})`;
  const said = `${who} ${words[effect]} ${what} ${aim}${which}${where}: ${makers[source]}${revoked ? ", revoked since" : ""}.`;
  return why === undefined ? said : `${said} ${why}`;
}

/** A time that a person may have written by hand may be none that a calendar has. */
function timeText(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "the end of time" : date.toISOString();
}

/** Looks a rule up by its id: as it is now, or as it was. */
export type FindRule = (id: string) => Rule | undefined;

/** The text of a rule's name, or undefined where nothing is known of it. */
export function textOfId(id: string, find: FindRule): string | undefined {
  const rule = find(id);
  if (rule) return textOfRule(rule);
  const [kind = "", plugin = ""] = id.split(":", 2);
  if (kind === "accepts") return `The manifest of ${plugin} does not accept the caller.`;
  if (kind === "intercept") return `The intercept of ${plugin} decided it: what it answers is not carried out.`;
  return others[id];
}

/** The rules that a row names, each with the principals it was about; the one that settled it first. */
export function rulesOf({ rule, rules }: Pick<JournalRow, "rule" | "rules">): { id: string; principals: string[] }[] {
  const named = new Map<string, string[]>();
  if (rule !== undefined && rule !== "") named.set(rule, []);
  for (const [principal, id] of Object.entries(rules ?? {})) named.set(id, [...(named.get(id) ?? []), principal]);
  return [...named].map(([id, principals]) => ({ id, principals }));
}
