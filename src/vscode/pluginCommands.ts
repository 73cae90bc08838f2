import * as vscode from "vscode";
import { asFailure } from "../base/failure.ts";
import type { Host } from "../core/host.ts";
import { reviewPlugin } from "./consentSheet.ts";
import { attachDebugger, debugPlugin } from "./debugPlugin.ts";
import type { StartedHost } from "./feedParts.ts";
import { addRule, showPermissions } from "./permissions.ts";
import { offerLogFile, type PluginLogs } from "./pluginLogs.ts";
import { setPluginSecret } from "./pluginSecrets.ts";
import { chooseOffer, runForPerson } from "./runOffer.ts";
import { addPluginFolder } from "./settings.ts";
import { shadowedText } from "./shadowed.ts";

/** What the person does with plugins: start, stop, see and change rights, run what they offer to the palette. */
export class PluginCommands {
  readonly #started: () => Promise<StartedHost>;
  readonly #logs: PluginLogs;

  constructor(started: () => Promise<StartedHost>, logs: PluginLogs) {
    this.#started = started;
    this.#logs = logs;
  }

  async review(plugin: unknown): Promise<void> {
    await this.#with(plugin, reviewPlugin);
  }

  /** Adds a folder of the person's own plugins to the settings; what is found in it is reviewed next. */
  async addFolder(): Promise<void> {
    const [folder] =
      (await vscode.window.showOpenDialog({
        canSelectFolders: true,
        canSelectFiles: false,
        openLabel: "Add",
        title: "A plugin, or a folder of plugins",
      })) ?? [];
    if (!folder) return;
    await addPluginFolder(folder.fsPath);
  }

  async start(plugin: unknown): Promise<void> {
    await this.#with(plugin, async (host, name) => void (await host.supervisor.start(name)));
  }

  async stop(plugin: unknown): Promise<void> {
    await this.#with(plugin, (host, name) => host.supervisor.stop(name));
  }

  async restart(plugin: unknown): Promise<void> {
    await this.#with(plugin, async (host, name) => {
      await (await this.#started()).scan();
      await host.supervisor.restart(name);
    });
  }

  async setSecret(plugin: unknown): Promise<void> {
    await this.#with(plugin, async (host, name) => setPluginSecret(host, (await this.#started()).secrets, name));
  }

  async showLog(plugin: unknown): Promise<void> {
    await this.#with(plugin, async (host, name) => {
      this.#logs.show(name, host.activity.logOf(name));
      const { logs } = await this.#started();
      await logs.written();
      await offerLogFile(name, logs.path(name));
    });
  }

  async permissions(plugin: unknown): Promise<void> {
    await this.#with(plugin, showPermissions);
  }

  async addRule(): Promise<void> {
    await addRule((await this.#started()).host);
  }

  /** Lets the person choose among what plugins offer to the palette, and runs it. */
  async run(): Promise<void> {
    const { host } = await this.#started();
    const known = await chooseOffer(host);
    if (known) await runForPerson(host, known);
  }

  /** Starts a plugin under a debugger and attaches VS Code's; for a debug configuration, which names it, only answers the port. */
  async debug(plugin: unknown): Promise<string | undefined> {
    if (typeof plugin === "string") return await debugPlugin((await this.#started()).host, plugin);
    await this.#with(plugin, attachDebugger);
    return undefined;
  }

  async #with(plugin: unknown, act: (host: Host, name: string) => Promise<void>): Promise<void> {
    const host = (await this.#started()).host;
    const name = nameOf(plugin) ?? (await pickPlugin(host));
    if (name === undefined) return;
    const unused = shadowedText(plugin);
    if (unused !== undefined) {
      void vscode.window.showInformationMessage(unused);
      return;
    }
    try {
      await act(host, name);
    } catch (error) {
      const failure = asFailure(error, "That");
      void vscode.window.showErrorMessage(`${failure.message} ${failure.todo ?? ""}`.trim());
    }
  }
}

function nameOf(plugin: unknown): string | undefined {
  if (typeof plugin === "string") return plugin;
  const name = (plugin as { name?: unknown } | undefined)?.name;
  return typeof name === "string" ? name : undefined;
}

async function pickPlugin(host: Host): Promise<string | undefined> {
  const items = host.supervisor
    .list()
    .map(({ name, process, description }) => ({ label: name, description: process, detail: description }));
  return (await vscode.window.showQuickPick(items, { title: "Which plugin?" }))?.label;
}

/** Says that a plugin does not answer; answers whether the person wants it restarted. */
export async function askToRestart(plugin: string): Promise<boolean> {
  const restart = "Restart It";
  const text = `The plugin “${plugin}” does not answer. What it works on goes on, or is lost when it is restarted.`;
  return (await vscode.window.showWarningMessage(text, restart)) === restart;
}
