import * as vscode from "vscode";

/** One output channel a plugin, made when its log is first looked at and followed from then on. */
export class PluginLogs implements vscode.Disposable {
  readonly #channels = new Map<string, vscode.OutputChannel>();

  show(plugin: string, earlier: readonly string[]): void {
    let channel = this.#channels.get(plugin);
    if (!channel) {
      channel = vscode.window.createOutputChannel(`Parley: ${plugin}`);
      for (const line of earlier) channel.appendLine(line);
      this.#channels.set(plugin, channel);
    }
    channel.show(true);
  }

  add(plugin: string, line: string): void {
    this.#channels.get(plugin)?.appendLine(line);
  }

  dispose(): void {
    for (const channel of this.#channels.values()) channel.dispose();
  }
}

/** Offers to open the log on disk, which goes back further; where there is none, nothing is offered. */
export async function offerLogFile(plugin: string, path: string): Promise<void> {
  const file = vscode.Uri.file(path);
  const there = await vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
  if (!there) return;
  const open = "Open Log File";
  const text = `The log of ${plugin} is also a file, which goes back further.`;
  if ((await vscode.window.showInformationMessage(text, open)) === open) await vscode.window.showTextDocument(file);
}
