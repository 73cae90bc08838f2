import * as vscode from "vscode";
import { Failure } from "../base/failure.ts";
import type { WindowActions } from "../core/agent/feed.ts";
import { commandIds } from "./commandIds.ts";
import type { DiffViewer } from "./diffs.ts";
import { resolvePath } from "./editor.ts";
import { say, showActivity, withTodo } from "./notices.ts";

export interface WindowActionParts {
  readonly diffs: DiffViewer;
  /** The texts as a proposed change would make them, by file; asked when a diff is opened. */
  readonly proposed: (approval: {
    plugin: string;
    name: string;
    args: Record<string, unknown>;
  }) => Promise<{ path: string; after: string | undefined }[]>;
}

/** What the conversation's page asks of the window. */
export function windowActions({ diffs, proposed }: WindowActionParts): WindowActions {
  return {
    async openFile(path, line) {
      const uri = await resolvePath(path);
      if (!uri)
        throw new Failure("notFound", `There is no file ${path} in the open folders.`, {
          todo: "It may have been moved or deleted.",
        });
      const at = new vscode.Position(Math.max(0, (line ?? 1) - 1), 0);
      await vscode.window.showTextDocument(uri, {
        selection: new vscode.Range(at, at),
        viewColumn: vscode.ViewColumn.One,
      });
    },
    async openDiff(approval, index) {
      const file = (await proposed(approval))[index];
      if (file) await diffs.open(file.path, file.after ?? "");
    },
    async insert(text) {
      const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
      if (!editor)
        throw new Failure("unavailable", "No editor is open to insert into.", { todo: "Open a file first." });
      await editor.edit((edit) => edit.replace(editor.selection, text));
    },
    async pickModel() {
      await vscode.commands.executeCommand(commandIds.pickModel);
    },
    async setMode(mode) {
      await vscode.workspace.getConfiguration("parley").update("agent.mode", mode, vscode.ConfigurationTarget.Global);
    },
    async command(id) {
      if (Object.values(commandIds).some((own) => own === id)) await vscode.commands.executeCommand(id);
    },
    failed(message, todo) {
      say("error", withTodo(message, todo), showActivity);
    },
  };
}
