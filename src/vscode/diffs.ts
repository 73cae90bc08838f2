import * as vscode from "vscode";
import { resolvePath } from "./editor.ts";

const scheme = "parley-diff";

/**
 * Shows a proposed change in VS Code's diff editor: the file as it is on the left, as it would be on the right. The right
 * side lives in memory only and is dropped when its editor closes.
 */
export class DiffViewer implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #contents = new Map<string, string>();
  readonly #registrations: vscode.Disposable[];
  #count = 0;

  constructor() {
    this.#registrations = [
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument(
        ({ uri }) => uri.scheme === scheme && this.#contents.delete(uri.toString()),
      ),
    ];
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#contents.get(uri.toString()) ?? "";
  }

  /** `after` is the text as it would be; undefined where the file would be deleted. */
  async open(path: string, after: string): Promise<void> {
    const file = await resolvePath(path);
    const number = ++this.#count;
    const right = vscode.Uri.from({ scheme, path: `/${number}/${path}` });
    const left = file ?? vscode.Uri.from({ scheme, path: `/${number}/empty/${path}` });
    this.#contents.set(right.toString(), after);
    this.#contents.set(left.toString(), "");
    await vscode.commands.executeCommand("vscode.diff", left, right, `${path} (proposed)`, { preview: true });
  }

  dispose(): void {
    for (const registration of this.#registrations) registration.dispose();
  }
}
