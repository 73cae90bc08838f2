import * as vscode from "vscode";
import type { PluginView } from "../core/plugins/run.ts";
import { commandIds } from "./commandIds.ts";

/** Whether the person should look at it: not one that they disabled, nor one that is not used because another has its name. */
function inTrouble({ problem, process, eligibility }: PluginView): boolean {
  if (!eligibility.ok && ["disabled", "shadowed", "nothingToRun"].includes(eligibility.reason)) return false;
  return problem !== undefined || process === "failed";
}

/** The one status bar item: what the agent does, and whether a plugin is in trouble. */
export class StatusItem implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor() {
    this.#item = vscode.window.createStatusBarItem("parley.status", vscode.StatusBarAlignment.Right, 100);
    this.#item.name = "Parley";
    this.#item.command = commandIds.open;
    this.show("idle", []);
    this.#item.show();
  }

  show(agent: "idle" | "running" | "waiting", plugins: readonly PluginView[]): void {
    const trouble = plugins.filter(inTrouble);
    const icon =
      agent === "running" ? "$(loading~spin)" : agent === "waiting" ? "$(bell-dot)" : "$(comment-discussion)";
    this.#item.text = `${icon} Parley${trouble.length > 0 ? ` $(warning) ${trouble.length}` : ""}`;
    const state =
      agent === "running"
        ? "The agent works."
        : agent === "waiting"
          ? "The agent waits for your approval."
          : "The agent is idle.";
    this.#item.tooltip = [state, ...trouble.map(({ name, problem }) => `${name}: ${problem ?? "failed"}`)].join("\n");
    this.#item.backgroundColor =
      agent === "waiting" ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  }

  dispose(): void {
    this.#item.dispose();
  }
}
