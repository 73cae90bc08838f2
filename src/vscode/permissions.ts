import * as vscode from "vscode";
import type { Host } from "../core/host.ts";
import { acceptedLines } from "../core/offers/accepts.ts";
import { personRulesAbout } from "../core/rules/about.ts";
import type { RuleDraft } from "../core/rules/rulebook.ts";
import { principals } from "../core/rules/targets.ts";
import type { OfferAction } from "../protocol/plugin/common.ts";
import type { Rule } from "../protocol/rules.ts";

/** What a plugin was granted and the person's own rules about it, each with a check; unchecking takes it back at once. */
export async function showPermissions(host: Host, plugin: string): Promise<void> {
  const grants = host.rules.grantsOf(plugin);
  const own = personRulesAbout(host.rules.list(), plugin);
  const accepted = acceptedLines(host.supervisor.installed(plugin)?.parley?.accepts);
  if (grants.length + own.length === 0) {
    void vscode.window.showInformationMessage(`${plugin} asked for no rights beyond its own words and state.`);
    return;
  }
  const granted = grants.map((rule) => ({ rule, ...lineOf(rule), picked: rule.revoked !== true }));
  const rules = own.map((rule) => ({ rule, ...lineOf(rule), picked: true }));
  const heading = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const chosen = await vscode.window.showQuickPick<vscode.QuickPickItem & { rule?: Rule }>(
    [...granted, ...(rules.length > 0 ? [heading("Rules of yours"), ...rules] : [])],
    {
      canPickMany: true,
      title: `What ${plugin} may do in Parley (as a process it has your own rights)`,
      placeHolder: `Uncheck to take a right back${accepted.length > 0 ? `. It accepts calls of: ${accepted.join("; ")}` : ""}`,
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

function lineOf({ source, who, verb, target, action, effect, rate, why }: Rule): { label: string; detail?: string } {
  const deed = `${verb} ${target}${action ? ` (${action})` : ""}`;
  if (source === "grant") return { label: deed, detail: why };
  const often = rate ? `, at most ${rate.perMinute} times a minute` : "";
  return { label: `${who}: ${effect} ${deed}${often}`, detail: why };
}

/** Asks for the parts of a rule about calls, one by one, and adds it. */
export async function addRule(host: Host): Promise<void> {
  const names = host.offers.plugins();
  const who = await pick("Who calls?", [
    ...names.map((name) => ({ label: name, value: principals.plugin(name) })),
    { label: "Every plugin", value: principals.plugin("*") },
    { label: "The agent", value: principals.agent },
    { label: "Other extensions", value: principals.extension },
  ]);
  if (who === undefined) return;
  const target = await pick("Which offer do they call?", [
    ...names.flatMap((name) => [
      { label: `Every offer of ${name}`, value: `${name}/*` },
      ...host.offers
        .ofPlugin(name)
        .map(({ offer }) => ({ label: `${name}/${offer.name}`, value: `${name}/${offer.name}` })),
    ]),
    { label: "Every offer", value: "*" },
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
  void vscode.window.showInformationMessage(
    `Parley: the rule holds from now on. \`Parley: Permissions…\` of a plugin that it speaks of lists it, and takes it back.`,
  );
}

const actions: readonly { label: string; value: OfferAction | "*" }[] = [
  { label: "All", value: "*" },
  { label: "What only reads", value: "read" },
  { label: "What creates", value: "create" },
  { label: "What writes", value: "write" },
  { label: "What deletes", value: "delete" },
];

const effects: readonly { label: string; value: Rule["effect"] | "rate" }[] = [
  { label: "Allow it", value: "allow" },
  { label: "Ask me", value: "ask" },
  { label: "Refuse it", value: "deny" },
  { label: "Allow it, so many times a minute…", value: "rate" },
];

async function pick<Value>(
  title: string,
  items: readonly { label: string; value: Value }[],
): Promise<Value | undefined> {
  return (await vscode.window.showQuickPick(items, { title }))?.value;
}

async function askRate(): Promise<number | undefined> {
  const typed = await vscode.window.showInputBox({
    title: "How many times a minute?",
    validateInput: (text) => (Number(text) > 0 && Number(text) <= 1_000_000 ? undefined : "A number above 0."),
  });
  return typed === undefined ? undefined : Number(typed);
}
