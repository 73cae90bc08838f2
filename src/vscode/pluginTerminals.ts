import * as vscode from "vscode";
import { Failure } from "../base/failure.ts";
import { resolvePath } from "./editor.ts";

/** How long a new terminal's shell may take to say that it tells of its commands, in milliseconds. */
const shellMs = 4_000;

/** One terminal a plugin, in which the lines that it asks for run where the person sees them. */
export class PluginTerminals implements vscode.Disposable {
  readonly #terminals = new Map<string, { terminal: vscode.Terminal; cwd: string | undefined }>();

  /** With `wait` it resolves when the line has ended, where the shell tells. Cancelling stops the waiting, not the line. */
  async run(
    plugin: string,
    { command, cwd, wait }: { command: string; cwd?: string; wait: boolean },
    signal: AbortSignal,
  ): Promise<{ state: "started" | "ended"; exitCode?: number }> {
    const terminal = await this.#terminalOf(plugin, cwd);
    terminal.show(true);
    const shell = wait ? await shellOf(terminal) : terminal.shellIntegration;
    signal.throwIfAborted();
    if (!shell) {
      terminal.sendText(command, true);
      return { state: "started" };
    }
    if (!wait) {
      shell.executeCommand(command);
      return { state: "started" };
    }
    return await new Promise((resolve, reject) => {
      const listening: vscode.Disposable[] = [];
      const onAbort = () => end(() => reject(signal.reason));
      const end = (settle: () => void) => {
        for (const one of listening) one.dispose();
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      let execution: vscode.TerminalShellExecution | undefined;
      listening.push(
        vscode.window.onDidEndTerminalShellExecution((ended) => {
          if (ended.execution !== execution) return;
          end(() => resolve({ state: "ended", ...(ended.exitCode === undefined ? {} : { exitCode: ended.exitCode }) }));
        }),
        vscode.window.onDidCloseTerminal((closed) => {
          if (closed === terminal) end(() => resolve({ state: "ended" }));
        }),
      );
      execution = shell.executeCommand(command);
    });
  }

  dispose(): void {
    for (const { terminal } of this.#terminals.values()) terminal.dispose();
    this.#terminals.clear();
  }

  async #terminalOf(plugin: string, cwd: string | undefined): Promise<vscode.Terminal> {
    const known = this.#terminals.get(plugin);
    if (known && known.terminal.exitStatus === undefined && known.cwd === cwd) return known.terminal;
    const folder = cwd === undefined ? vscode.workspace.workspaceFolders?.[0]?.uri : await resolvePath(cwd);
    if (cwd !== undefined && !folder)
      throw new Failure("notFound", `There is no folder ${cwd}.`, {
        todo: "Give a folder relative to a workspace folder, or an absolute one.",
      });
    const terminal = vscode.window.createTerminal({ name: `Parley: ${plugin}`, cwd: folder });
    this.#terminals.set(plugin, { terminal, cwd });
    return terminal;
  }
}

/** The terminal's shell once it tells of its commands; undefined where it does not in time. */
async function shellOf(terminal: vscode.Terminal): Promise<vscode.TerminalShellIntegration | undefined> {
  if (terminal.shellIntegration) return terminal.shellIntegration;
  return await new Promise((resolve) => {
    const listening = vscode.window.onDidChangeTerminalShellIntegration(({ terminal: changed, shellIntegration }) => {
      if (changed === terminal) end(shellIntegration);
    });
    const timer = setTimeout(() => end(undefined), shellMs);
    const end = (shell: vscode.TerminalShellIntegration | undefined) => {
      clearTimeout(timer);
      listening.dispose();
      resolve(shell);
    };
  });
}
