import * as vscode from "vscode";
import type { EditorPort } from "../core/ports.ts";
import type { Focus } from "../protocol/plugin/conversation.ts";
import { commandIds } from "./commandIds.ts";
import { button, say } from "./notices.ts";

/** Characters of a selection that are told. */
const selectionCharacters = 20_000;

export const windowEditor: EditorPort = {
  focus,
  workspaceFolders: () =>
    (vscode.workspace.workspaceFolders ?? []).map(({ uri, name }) => ({ uri: uri.toString(), name, path: uri.fsPath })),
  trusted: () => vscode.workspace.isTrusted,
  windowFocused: () => vscode.window.state.focused,
  notify: (text) => say("info", text, button("Open Conversation", commandIds.open)),
};

function focus(): Focus {
  const editor = vscode.window.activeTextEditor;
  const visibleFiles = vscode.window.visibleTextEditors
    .filter(({ document }) => document.uri.scheme === "file")
    .map(({ document }) => relative(document.uri));
  if (editor?.document.uri.scheme !== "file") return { visibleFiles };
  const { document, selection } = editor;
  return {
    activeEditor: {
      uri: document.uri.toString(),
      path: relative(document.uri),
      languageId: document.languageId,
      ...(selection.isEmpty
        ? {}
        : {
            selection: {
              startLine: selection.start.line + 1,
              endLine: selection.end.line + 1,
              text: document.getText(selection).slice(0, selectionCharacters),
            },
          }),
    },
    visibleFiles,
  };
}

/** The path as a person writes it: relative to its folder, with `/`. */
export function relative(uri: vscode.Uri): string {
  return vscode.workspace.asRelativePath(uri, false).replaceAll("\\", "/");
}

/** A path as plugins and models write it: relative to a workspace folder, or absolute. */
export async function resolvePath(path: string): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const candidates = /^(?:\/|[A-Za-z]:[\\/])/.test(path)
    ? [vscode.Uri.file(path)]
    : folders.map(({ uri }) => vscode.Uri.joinPath(uri, path));
  for (const candidate of candidates) {
    try {
      await vscode.workspace.fs.stat(candidate);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
