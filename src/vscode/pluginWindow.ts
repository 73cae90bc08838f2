import * as vscode from "vscode";
import { Failure } from "../base/failure.ts";
import type { WindowPort } from "../core/ports.ts";
import { commandIds } from "./commandIds.ts";
import type { DiffViewer } from "./diffs.ts";
import { resolvePath } from "./editor.ts";
import { button, say } from "./notices.ts";
import { PluginTerminals } from "./pluginTerminals.ts";
import { askForRights } from "./rightsSheet.ts";

/** What plugins may have done in this window. */
export class PluginWindow implements WindowPort, vscode.Disposable {
  readonly #diffs: DiffViewer;
  readonly #terminals = new PluginTerminals();

  constructor(diffs: DiffViewer) {
    this.#diffs = diffs;
  }

  notify(plugin: string, level: "info" | "warning" | "error", text: string): void {
    say(level, `${plugin}: ${text}`, button("Permissions…", commandIds.managePermissions, plugin));
  }

  async ask(
    plugin: string,
    { question, choices }: Parameters<WindowPort["ask"]>[1],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const cancel = new vscode.CancellationTokenSource();
    const onAbort = () => cancel.cancel();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const items = choices.map(({ title, detail }) => ({ label: title, detail }));
      const title = `The plugin ${plugin} asks: ${question}`;
      const options = { title, placeHolder: question, ignoreFocusOut: true };
      return (await vscode.window.showQuickPick(items, options, cancel.token))?.label;
    } finally {
      signal.removeEventListener("abort", onAbort);
      cancel.dispose();
    }
  }

  /** A dialogue cannot be taken back; an answer after the signal counts for nothing. */
  consent(plugin: string, wants: Parameters<WindowPort["consent"]>[1]): Promise<boolean> {
    return askForRights(plugin, wants);
  }

  async open(path: string, lines: { first: number; last: number } | undefined): Promise<void> {
    const uri = await resolvePath(path);
    if (!uri)
      throw new Failure("notFound", `There is no file ${path} in the open folders.`, {
        todo: "Give a path relative to a workspace folder, or an absolute one.",
      });
    const document = await vscode.workspace.openTextDocument(uri).then(undefined, () => undefined);
    if (!document) throw new Failure("unavailable", `${path} cannot be shown as text.`, { todo: "Open another file." });
    const editor = await vscode.window.showTextDocument(document, { preview: true });
    if (!lines) return;
    const from = new vscode.Position(lines.first - 1, 0);
    const to =
      lines.last > lines.first ? document.lineAt(Math.min(lines.last, document.lineCount) - 1).range.end : from;
    const range = document.validateRange(new vscode.Range(from, to));
    editor.selection = new vscode.Selection(range.start, range.end);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  async showDiff(path: string, after: string): Promise<void> {
    await this.#diffs.open(path, after);
  }

  async executeCommand(command: string, args: readonly unknown[]): Promise<unknown> {
    if (!(await vscode.commands.getCommands()).includes(command))
      throw new Failure("notFound", `VS Code has no command "${command}".`, {
        todo: "See Keyboard Shortcuts for the ids of commands; the extension that has it may not be active.",
      });
    try {
      return await vscode.commands.executeCommand(command, ...args);
    } catch (error) {
      throw new Failure("unavailable", `The command "${command}" failed.`, {
        todo: "Check what the command needs: an open editor, a selection, other arguments.",
        cause: error,
      });
    }
  }

  runInTerminal(...args: Parameters<PluginTerminals["run"]>): ReturnType<PluginTerminals["run"]> {
    return this.#terminals.run(...args);
  }

  dispose(): void {
    this.#terminals.dispose();
  }
}
