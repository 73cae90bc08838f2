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
    const reason = reasonOf(plugin, problem);
    const rest = reason ? [reason] : [heldBy(plugin), plugin.source, capabilities.slice(0, 4).join(", ")];
    item.description = [state, plugin.reload && "reload to update", ...rest].filter(Boolean).join(" · ");
    item.iconPath = iconOf(plugin, problem);
    item.contextValue = `plugin.${kindOf(plugin)}`;
    item.tooltip = tooltipOf(plugin, problem, capabilities, this.#notes(plugin.name));
    item.accessibilityInformation = {
      label: [plugin.name, plugin.process === "backoff" && state, problem ?? state, plugin.reload]
        .filter((text, index, all) => text && all.indexOf(text) === index)
        .join(", "),
    };
    if (action) item.command = action;
    else if (plugin.reload) item.command = { command: "workbench.action.reloadWindow", title: "Reload the Window" };
    return item;
  }
}

/** The word for how a plugin is, as its row has it. */
export function wordOf(plugin: PluginView): string {
  return stateOf(plugin, plugin.problem).state;
}

/** Why a plugin is in trouble, in the row itself; undefined for one that is as it should be, or whose state says it all. */
function reasonOf({ name, eligibility, process, health }: PluginView, problem: string | undefined): string | undefined {
  if (!eligibility.ok) return eligibility.reason === "broken" ? withoutName(eligibility.text, name) : undefined;
  if (problem !== undefined) return withoutName(problem, name);
  return process === "running" && health?.status !== "up" && health?.unanswered !== true ? health?.detail : undefined;
}

/** The name stands before it, in the same row. */
function withoutName(text: string, name: string): string {
  return text.replace(`Plugin "${name}" `, "");
}

/** The word for a row, and what a click on it does where that would change it or say more. */
function stateOf(
  { name, root, eligibility, process, health, updating }: PluginView,
  problem: string | undefined,
): { state: string; action?: vscode.Command } {
  const showLog = { command: commandIds.showPluginLog, title: "Show Plugin Log", arguments: [name] };
  if (eligibility.ok) {
    if (updating) return { state: "updating" };
    // A click must not restart it: what it works on would be lost.
    if (process === "running" && health?.unanswered) return { state: "does not answer", action: showLog };
    if (process === "failed") return { state: "failed", action: showLog };
    if (process === "backoff") return { state: "ended, starts again soon", action: showLog };
    if (process === "running" && health && health.status !== "up") return { state: `running, ${health.status}` };
    return problem ? { state: "problem", action: showLog } : { state: process };
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
      return { state: "needs configuration", action: openSettings("parley.plugins.settings") };
    case "disabled":
      return { state: "disabled", action: openSettings("parley.plugins.disabled") };
    case "broken":
      return {
        state: "invalid",
        action: {
          command: "vscode.open",
          title: "Open plugin.json",
          arguments: [vscode.Uri.joinPath(vscode.Uri.file(root), "plugin.json")],
        },
      };
    case "nothingToRun":
      return { state: "nothing to run" };
    default:
      return { state: eligibility.reason === "shadowed" ? "not used: its name is taken" : eligibility.reason };
  }
}

function openSettings(setting: string): vscode.Command {
  return { command: "workbench.action.openSettings", title: "Open the Settings of Plugins", arguments: [setting] };
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
  const { name, version, source, description, health, retryAt, lastExit, process, pid, restarts } = plugin;
  const trouble = health && health.status !== "up" ? `Health: ${health.status}. ${health.detail ?? ""}` : undefined;
  const again = retryAt === undefined ? undefined : `It is started again at ${new Date(retryAt).toLocaleTimeString()}.`;
  const updated = plugin.updating && "It was updated: it finishes what it works on and is started anew.";
  // The problem of one that ended begins with how it ended.
  const ended = lastExit && !problem?.includes(lastExit) && `Last end: ${lastExit}`;
  const paragraphs = [
    [`${name} ${version ?? ""}`.trim(), source].join(" · "),
    ...[description, problem, trouble, again, updated, plugin.reload, ...plugin.warnings, ...notes],
    capabilities.length > 0 && `Offers: ${capabilities.join(", ")}`,
    plugin.sandbox?.text,
    ended,
    [`State: ${process}`, pid && `process ${pid}`, restarts > 0 && `restarts: ${restarts}`].filter(Boolean).join(", "),
    `From ${plugin.root}`,
  ];
  return new vscode.MarkdownString(
    paragraphs
      .filter((text) => text)
      .map((text) => plain(String(text)))
      .join("\n\n"),
  );
}

/** Text of a plugin's as Markdown that shows it as it is. VS Code's own way has no place where a line may break. */
function plain(text: string): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, "\\$&").replaceAll(/\s+/g, " ");
}

/** For the menus: what is not usable at all, or lost its name to another, has nothing to start; what starts again can be stopped. */
function kindOf({ eligibility, process }: PluginView): "new" | "unusable" | "running" | "stopped" {
  if (!eligibility.ok && eligibility.reason === "needsConsent") return "new";
  if (!eligibility.ok && eligibility.reason !== "disabled") return "unusable";
  return process === "running" || process === "starting" || process === "backoff" ? "running" : "stopped";
}
