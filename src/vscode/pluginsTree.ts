import * as vscode from "vscode";
import type { PluginView } from "../core/plugins/run.ts";

export const pluginsViewId = "parley.plugins";

/** The Plugins view: each plugin with its state; a problem is said in place, with the fix in the tooltip. */
export class PluginsTree implements vscode.TreeDataProvider<PluginView> {
  readonly #list: () => PluginView[];
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(list: () => PluginView[]) {
    this.#list = list;
  }

  refresh(): void {
    this.#changed.fire();
  }

  getChildren(): PluginView[] {
    return this.#list();
  }

  getTreeItem(plugin: PluginView): vscode.TreeItem {
    const item = new vscode.TreeItem(plugin.name);
    item.id = plugin.name;
    const problem = plugin.problem ?? (plugin.eligibility.ok ? undefined : plugin.eligibility.text);
    const capabilities = (plugin.parley?.offers ?? []).map(({ name, facets }) => facets?.provides ?? name);
    item.description = [problem ? "problem" : plugin.process, plugin.source, capabilities.slice(0, 4).join(", ")]
      .filter(Boolean)
      .join(" · ");
    item.iconPath = iconOf(plugin, problem);
    item.contextValue = `plugin.${kindOf(plugin)}`;
    item.tooltip = tooltipOf(plugin, problem, capabilities);
    item.accessibilityInformation = { label: `${plugin.name}, ${problem ?? plugin.process}` };
    return item;
  }
}

function iconOf(plugin: PluginView, problem: string | undefined): vscode.ThemeIcon {
  if (problem || plugin.process === "failed")
    return new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
  if (plugin.process === "running")
    return new vscode.ThemeIcon("circle-filled", new vscode.ThemeColor("testing.iconPassed"));
  if (plugin.process === "backoff")
    return new vscode.ThemeIcon("history", new vscode.ThemeColor("list.warningForeground"));
  if (plugin.process === "starting" || plugin.process === "stopping") return new vscode.ThemeIcon("loading~spin");
  return new vscode.ThemeIcon("circle-outline");
}

function tooltipOf(
  plugin: PluginView,
  problem: string | undefined,
  capabilities: readonly string[],
): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendText(`${plugin.name} ${plugin.version ?? ""} (${plugin.source})\n`);
  if (plugin.description) text.appendText(`${plugin.description}\n`);
  if (problem) text.appendText(`\n${problem}\n`);
  if (plugin.health && plugin.health.status !== "up")
    text.appendText(`\nHealth: ${plugin.health.status} ${plugin.health.detail ?? ""}\n`);
  if (capabilities.length > 0) text.appendText(`\nOffers: ${capabilities.join(", ")}\n`);
  if (plugin.lastExit) text.appendText(`\nLast end: ${plugin.lastExit}\n`);
  text.appendText(
    `\nState: ${plugin.process}${plugin.pid ? `, process ${plugin.pid}` : ""}, restarts: ${plugin.restarts}`,
  );
  return text;
}

function kindOf({ eligibility, process }: PluginView): "new" | "running" | "stopped" {
  if (!eligibility.ok && eligibility.reason === "needsConsent") return "new";
  return process === "running" || process === "starting" ? "running" : "stopped";
}
