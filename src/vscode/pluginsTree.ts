import * as vscode from "vscode";
import type { PluginView } from "../core/plugins/run.ts";
import { commandIds } from "./commandIds.ts";

export const pluginsViewId = "parley.plugins";

/** The Plugins view: each plugin with its state; a problem is said in place, with the fix in the tooltip. */
export class PluginsTree implements vscode.TreeDataProvider<PluginView> {
  readonly #list: () => PluginView[];
  readonly #notes: (plugin: string) => readonly string[];
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;

  /** `notes` answers what else is to be read beside a plugin, in sentences. */
  constructor(list: () => PluginView[], notes: (plugin: string) => readonly string[] = () => []) {
    this.#list = list;
    this.#notes = notes;
  }

  refresh(): void {
    this.#changed.fire();
  }

  getChildren(): PluginView[] {
    return this.#list();
  }

  getTreeItem(plugin: PluginView): vscode.TreeItem {
    const item = new vscode.TreeItem(plugin.name);
    // Two packages of one name are two rows.
    item.id = JSON.stringify([plugin.source, plugin.name, plugin.root]);
    const problem = plugin.problem ?? (plugin.eligibility.ok ? undefined : plugin.eligibility.text);
    const capabilities = (plugin.parley?.offers ?? []).map(({ name, facets }) => facets?.provides ?? name);
    const { state, action } = stateOf(plugin, problem);
    item.description = [
      state,
      plugin.reload && "reload to update",
      heldBy(plugin),
      plugin.source,
      capabilities.slice(0, 4).join(", "),
    ]
      .filter(Boolean)
      .join(" · ");
    item.iconPath = iconOf(plugin, problem);
    item.contextValue = `plugin.${kindOf(plugin)}`;
    item.tooltip = tooltipOf(plugin, problem, capabilities, this.#notes(plugin.name));
    item.accessibilityInformation = {
      label: [plugin.name, problem ?? state, plugin.reload].filter(Boolean).join(", "),
    };
    if (action) item.command = action;
    else if (plugin.reload) item.command = { command: "workbench.action.reloadWindow", title: "Reload the Window" };
    return item;
  }
}

/** The word for a row, and what a click on it does where that would change it. */
function stateOf(
  { name, eligibility, process, health, updating }: PluginView,
  problem: string | undefined,
): { state: string; action?: vscode.Command } {
  if (eligibility.ok) {
    if (updating) return { state: "updating" };
    if (process === "running" && health?.unanswered) {
      return {
        state: "does not answer",
        action: { command: commandIds.restartPlugin, title: "Restart Plugin", arguments: [name] },
      };
    }
    return { state: problem ? "problem" : process };
  }
  switch (eligibility.reason) {
    case "needsConsent":
      return {
        state: "needs consent",
        action: { command: commandIds.reviewPlugin, title: "Review Plugin", arguments: [name] },
      };
    case "untrusted":
      return {
        state: "untrusted",
        action: { command: "workbench.trust.manage", title: "Manage Workspace Trust" },
      };
    case "needsConfiguration":
      return {
        state: "needs configuration",
        action: {
          command: "workbench.action.openSettings",
          title: "Open the Settings of Plugins",
          arguments: ["parley.plugins.settings"],
        },
      };
    case "broken":
      return { state: "invalid" };
    case "nothingToRun":
      return { state: "nothing to run" };
    default:
      return { state: eligibility.reason };
  }
}

/** The word for what holds a process that runs; none where nothing does, which is the rule. */
function heldBy({ sandbox }: PluginView): string | undefined {
  return sandbox && sandbox.kind !== "none" ? "sandboxed" : undefined;
}

const quiet = new Set<string>(["disabled", "shadowed", "nothingToRun"]);
const waiting = new Set<string>(["needsConsent", "untrusted", "needsConfiguration"]);

function iconOf({ eligibility, process, reload, health }: PluginView, problem: string | undefined): vscode.ThemeIcon {
  if (!eligibility.ok && quiet.has(eligibility.reason)) return new vscode.ThemeIcon("circle-slash");
  if (!eligibility.ok && waiting.has(eligibility.reason))
    return new vscode.ThemeIcon("shield", new vscode.ThemeColor("list.warningForeground"));
  if (problem || process === "failed")
    return new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
  if (reload) return new vscode.ThemeIcon("sync", new vscode.ThemeColor("list.warningForeground"));
  if (process === "running" && health && health.status !== "up")
    return new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  if (process === "running") return new vscode.ThemeIcon("circle-filled", new vscode.ThemeColor("testing.iconPassed"));
  if (process === "backoff") return new vscode.ThemeIcon("history", new vscode.ThemeColor("list.warningForeground"));
  if (process === "starting" || process === "stopping") return new vscode.ThemeIcon("loading~spin");
  return new vscode.ThemeIcon("circle-outline");
}

function tooltipOf(
  plugin: PluginView,
  problem: string | undefined,
  capabilities: readonly string[],
  notes: readonly string[],
): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendText(`${plugin.name} ${plugin.version ?? ""} (${plugin.source})\n`);
  if (plugin.description) text.appendText(`${plugin.description}\n`);
  if (problem) text.appendText(`\n${problem}\n`);
  for (const word of [plugin.reload, ...plugin.warnings, ...notes]) if (word) text.appendText(`\n${word}\n`);
  text.appendText(`\nFrom ${plugin.root}\n`);
  if (plugin.health && plugin.health.status !== "up")
    text.appendText(`\nHealth: ${plugin.health.status} ${plugin.health.detail ?? ""}\n`);
  if (capabilities.length > 0) text.appendText(`\nOffers: ${capabilities.join(", ")}\n`);
  if (plugin.sandbox) text.appendText(`\n${plugin.sandbox.text}\n`);
  if (plugin.updating) text.appendText("\nIt was updated: it finishes what it works on and is started anew.\n");
  if (plugin.lastExit) text.appendText(`\nLast end: ${plugin.lastExit}\n`);
  text.appendText(
    `\nState: ${plugin.process}${plugin.pid ? `, process ${plugin.pid}` : ""}, restarts: ${plugin.restarts}`,
  );
  return text;
}

/** For the menus: what is not usable at all, or lost its name to another, has nothing to start. */
function kindOf({ eligibility, process }: PluginView): "new" | "unusable" | "running" | "stopped" {
  if (!eligibility.ok && eligibility.reason === "needsConsent") return "new";
  if (!eligibility.ok && eligibility.reason !== "disabled") return "unusable";
  return process === "running" || process === "starting" ? "running" : "stopped";
}
