import * as vscode from "vscode";
import type { Host } from "../core/host.ts";
import { metricsReport } from "../core/trace/report.ts";

const scheme = "parley-metrics";
const address = vscode.Uri.from({ scheme, path: "/Call Metrics.md" });

/** How often who called what, how long it took and what failed: a page that nobody can edit, and need not save. */
export class CallMetrics implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registered = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  #report = "";

  provideTextDocumentContent(): string {
    return this.#report;
  }

  /** Shows it as it is now, with its table drawn where VS Code's Markdown preview is there. */
  async show(host: Host): Promise<void> {
    this.#report = metricsReport(host.metrics.edges(), Date.now());
    this.#changed.fire(address);
    const document = await vscode.workspace.openTextDocument(address);
    try {
      await vscode.commands.executeCommand("markdown.showPreview", address);
    } catch {
      await vscode.window.showTextDocument(document, { preview: true });
    }
  }

  dispose(): void {
    this.#registered.dispose();
    this.#changed.dispose();
  }
}
