import * as vscode from "vscode";
import { type Disposable, Scope } from "../base/dispose.ts";

/** The folder of a workspace that may hold plugins. */
const place = [".parley", "plugins"] as const;

/** The workspace's folders on this machine, each with where its plugins are. Absolute paths. */
export function workspacePlugins(): { root: string; folder: string }[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === "file")
    .map(({ uri }) => ({ root: uri.fsPath, folder: vscode.Uri.joinPath(uri, ...place).fsPath }));
}

/**
 * Tells when plugins of the workspace or of other extensions may have come, gone or changed, or when the workspace became
 * trusted. One change may be told several times, and extensions are told once too early: wait until it is quiet.
 */
export function watchPluginPlaces(onChange: () => void): Disposable {
  const scope = new Scope("plugin places");
  let folders = watchFolders(onChange);
  scope.add({ dispose: () => folders.dispose() });
  scope.add(
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      folders.dispose();
      folders = watchFolders(onChange);
      onChange();
    }),
  );
  scope.add(vscode.workspace.onDidGrantWorkspaceTrust(onChange));
  scope.add(vscode.extensions.onDidChange(onChange));
  return scope;
}

function watchFolders(onChange: () => void): Scope {
  const scope = new Scope("workspace plugins");
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    // With the folder itself: where all of it goes at once, that alone is told.
    const pattern = new vscode.RelativePattern(folder, "{.parley,.parley/plugins,.parley/plugins/**}");
    const watcher = scope.add(vscode.workspace.createFileSystemWatcher(pattern));
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) scope.add(event(onChange));
  }
  return scope;
}
