import * as vscode from "vscode";
import type { Contribution } from "../core/plugins/contribution.ts";

/** What the extensions of the window say under `contributes.parleyPlugins`, as values of our own. */
export function contributions(): Contribution[] {
  return vscode.extensions.all.flatMap(({ id, extensionUri, packageJSON }) => {
    const entries: unknown = packageJSON?.contributes?.parleyPlugins;
    if (entries === undefined) return [];
    const folder = extensionUri.scheme === "file" ? extensionUri.fsPath : undefined;
    return [{ id: id.toLowerCase(), version: String(packageJSON.version), folder, entries: copy(entries) }];
  });
}

/** The object belongs to VS Code and to everybody else who reads it. */
function copy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
