import * as vscode from "vscode";
import type { Host } from "../core/host.ts";
import { acceptedLines } from "../core/offers/accepts.ts";
import { personRulesAbout } from "../core/rules/about.ts";
import { consentWords, wordOfVerb } from "../core/rules/consent.ts";
import type { RuleDraft } from "../core/rules/rulebook.ts";
import { principals } from "../core/rules/targets.ts";
import type { OfferAction } from "../protocol/plugin/common.ts";
import type { Rule } from "../protocol/rules.ts";
import { commandIds } from "./commandIds.ts";
import { button, say } from "./notices.ts";
import { deedWords, ruleWords } from "./ruleWords.ts";

/** The four words of the consent sheet, over the rights that fall under each. */
const headings = { listens: "Listens to", speaks: "Speaks through", acts: "Acts by", spends: "Spends" } as const;

/** What a plugin was granted and the person's own rules about it, each with a check; unchecking takes it back at once. */
export async function showPermissions(host: Host, plugin: string): Promise<void> {
  const grants = host.rules.grantsOf(plugin);
  const own = personRulesAbout(host.rules.list(), plugin);
  const accepted = acceptedLines(host.supervisor.installed(plugin)?.parley?.accepts);
  if (grants.length + own.length === 0) {
    const text = `${plugin} has no rights that you could take back: it asked for none beyond its own words and its own state.`;
    say("info", text, button("Add Rule…", commandIds.addRule));
    return;
  }
  const granted = grants.map((rule) => ({
    ...{
      rule,
      label: deedWords(rule),
      description: rule.revoked === true ? "taken back" : undefined,
      detail: rule.why,
    },
    picked: rule.revoked !== true,
  }));
  const rules = own.map((rule) => ({ rule, label: ruleWords(rule), detail: rule.why, picked: true }));
  const heading = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const chosen = await vscode.window.showQuickPick<vscode.QuickPickItem & { rule?: Rule }>(
    [
      ...consentWords.flatMap((word) => {
        const under = granted.filter(({ rule }) => wordOfVerb(rule.verb) === word);
        return under.length > 0 ? [heading(headings[word]), ...under] : [];
      }),
      ...(rules.length > 0 ? [heading("Your own rules"), ...rules] : []),
    ],
    {
      canPickMany: true,
      title: `What ${plugin} may do in Parley (as a process it has your own rights)`,
      placeHolder: `Uncheck what you take back, then press OK${accepted.length > 0 ? `. It accepts calls of: ${accepted.join("; ")}` : ""}`,
    },
  );
  if (!chosen) return;
  const kept = new Set(chosen.map(({ rule }) => rule?.id));
  for (const { rule, picked } of granted) {
    if (kept.has(rule.id) !== picked) await host.rules.setGranted(rule.id, kept.has(rule.id));
  }
  for (const { rule } of rules) if (!kept.has(rule.id)) await host.rules.remove(rule.id);
  host.supervisor.reconsider();
}

/** Asks for the parts of a rule about calls, one by one, and adds it. */
export async function addRule(host: Host): Promise<void> {
  const names = host.offers.plugins();
  const who = await pick("Who calls?", [
    { label: "The agent", value: principals.agent },
    { label: "Every plugin", value: principals.plugin("*") },
    { label: "Other extensions", value: principals.extension },
    ...names.map((name) => ({ label: name, description: "plugin", value: principals.plugin(name) })),
  ]);
  if (who === undefined) return;
  const target = await pick("Which offer do they call?", [
    { label: "Every offer", value: "*" },
    ...names.flatMap((name) => [
      { label: `Every offer of ${name}`, value: `${name}/*` },
      ...host.offers.ofPlugin(name).map(({ offer }) => ({
        label: `${name}/${offer.name}`,
        description: [offer.title, offer.action].filter(Boolean).join(" · "),
        value: `${name}/${offer.name}`,
      })),
    ]),
  ]);
  if (target === undefined) return;
  const action = target.includes("*") ? await pick("Which actions?", actions) : "*";
  if (action === undefined) return;
  const effect = await pick("What then?", effects);
  if (effect === undefined) return;
  const perMinute = effect === "rate" ? await askRate() : undefined;
  if (effect === "rate" && perMinute === undefined) return;
  const rule: RuleDraft = {
    who,
    verb: "call",
    target,
    ...(action === "*" ? {} : { action }),
    effect: effect === "rate" ? "allow" : effect,
    ...(perMinute === undefined ? {} : { rate: { perMinute } }),
    why: "You added this rule.",
  };
  await host.rules.addPersonRule(rule);
  const about = names.find((name) => personRulesAbout([{ ...rule, id: "", source: "person" }], name).length > 0);
  const text = `From now on: ${ruleWords(rule)}. The permissions of a plugin that it is about list it, and take it back.`;
  say("info", text, button("Permissions…", commandIds.managePermissions, about));
}

const actions: readonly Pickable<OfferAction | "*">[] = [
  { label: "All of them", value: "*" },
  { label: "Those that only read", value: "read" },
  { label: "Those that create", value: "create" },
  { label: "Those that write", value: "write" },
  { label: "Those that delete", value: "delete" },
];

const effects: readonly Pickable<Rule["effect"] | "rate">[] = [
  { label: "Allow it", detail: "Without a question.", value: "allow" },
  { label: "Ask me", detail: "A card in the conversation, each time.", value: "ask" },
  { label: "Refuse it", detail: "The call fails, and whoever called is told of this rule.", value: "deny" },
  { label: "Allow it so many times a minute…", detail: "Calls beyond that fail.", value: "rate" },
];

interface Pickable<Value> extends vscode.QuickPickItem {
  readonly value: Value;
}

async function pick<Value>(question: string, items: readonly Pickable<Value>[]): Promise<Value | undefined> {
  const options = { title: `Add a rule: ${question}`, matchOnDescription: true, ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(items, options))?.value;
}

async function askRate(): Promise<number | undefined> {
  const fits = (text: string) => text.trim() !== "" && Number(text) > 0 && Number(text) <= 1_000_000;
  const typed = await vscode.window.showInputBox({
    title: "Add a rule: How many times a minute?",
    prompt: "Calls beyond that fail.",
    placeHolder: "10",
    ignoreFocusOut: true,
    validateInput: (text) => (fits(text) ? undefined : "Type a number above 0, up to 1,000,000."),
  });
  return typed === undefined ? undefined : Number(typed);
}
