import * as vscode from "vscode";
import type { Host } from "../core/host.ts";

/** Says what is wrong with settings, and asks for the restart that a plugin's new values wait for. */
export function showSettingsNotices(host: Host): { dispose(): void } {
  return host.onSettingsNotice(({ kind, plugin, text, todo }) => {
    const said = `${text} ${todo}`;
    if (kind === "restart" && plugin !== undefined) {
      const restart = `Restart ${plugin}`;
      void vscode.window.showInformationMessage(said, restart).then((answer) => {
        // A restart that fails is shown with the plugin.
        if (answer === restart) host.supervisor.restart(plugin).catch(() => {});
      });
      return;
    }
    const open = "Open Settings";
    void vscode.window.showWarningMessage(said, open).then((answer) => {
      if (answer !== open) return;
      const setting = plugin === undefined ? "parley.limits" : "parley.plugins.settings";
      void vscode.commands.executeCommand("workbench.action.openSettings", setting);
    });
  });
}
