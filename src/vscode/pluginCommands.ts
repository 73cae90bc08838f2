import * as vscode from "vscode";
import { asFailure } from "../base/failure.ts";
import type { Host } from "../core/host.ts";
import type { PluginView } from "../core/plugins/run.ts";
import { reviewPlugin } from "./consentSheet.ts";
import { attachDebugger, debugPlugin } from "./debugPlugin.ts";
import type { StartedHost } from "./feedParts.ts";
import { say, sayFailure, showPlugins } from "./notices.ts";
import { addRule, showPermissions } from "./permissions.ts";
import { offerLogFile, type PluginLogs } from "./pluginLogs.ts";
import { setPluginSecret } from "./pluginSecrets.ts";
import { wordOf } from "./pluginsTree.ts";
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
    const what = { title: "Review which plugin?", fits: waitsForConsent, none: "No plugin waits for your consent." };
    await this.#with(plugin, what, reviewPlugin);
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
    const fits = (view: PluginView) => view.eligibility.ok && !hasProcess(view);
    const what = { title: "Start which plugin?", fits, none: "Every plugin that may run does." };
    await this.#with(plugin, what, async (host, name) => void (await host.supervisor.start(name)));
  }

  async stop(plugin: unknown): Promise<void> {
    const what = { title: "Stop which plugin?", fits: hasProcess, none: "No plugin runs." };
    await this.#with(plugin, what, (host, name) => host.supervisor.stop(name));
  }

  async restart(plugin: unknown): Promise<void> {
    const fits = ({ eligibility }: PluginView) => eligibility.ok;
    const what = { title: "Restart which plugin?", fits, none: "No plugin may run." };
    await this.#with(plugin, what, async (host, name) => {
      await (await this.#started()).scan();
      await host.supervisor.restart(name);
    });
  }

  async setSecret(plugin: unknown): Promise<void> {
    const { configs } = (await this.#started()).host;
    const fits = ({ name }: PluginView) => configs.secretFields(name).length > 0;
    const what = { title: "A secret of which plugin?", fits, none: "No plugin has a secret among its settings." };
    await this.#with(plugin, what, async (host, name) => setPluginSecret(host, (await this.#started()).secrets, name));
  }

  async showLog(plugin: unknown): Promise<void> {
    const what = { title: "The log of which plugin?", fits: hasOwnName, none: nothingInstalled };
    await this.#with(plugin, what, async (host, name) => {
      this.#logs.show(name, host.activity.logOf(name));
      const { logs } = await this.#started();
      await logs.written();
      await offerLogFile(name, logs.path(name));
    });
  }

  async permissions(plugin: unknown): Promise<void> {
    const fits = (view: PluginView) => hasOwnName(view) && view.parley !== undefined;
    await this.#with(
      plugin,
      { title: "The permissions of which plugin?", fits, none: nothingInstalled },
      showPermissions,
    );
  }

  async addRule(): Promise<void> {
    await addRule((await this.#started()).host);
  }

  /** Lets the person choose among what plugins offer to the palette, and runs it. */
  async run(): Promise<void> {
    const { host } = await this.#started();
    const known = await chooseOffer(host);
    if (!known) return;
    try {
      await runForPerson(host, known);
    } catch (error) {
      if (asFailure(error, "The command").kind !== "cancelled") sayFailure(error, "The command", known.plugin);
    }
  }

  /** Starts a plugin under a debugger and attaches VS Code's; for a debug configuration, which names it, only answers the port. */
  async debug(plugin: unknown): Promise<string | undefined> {
    if (typeof plugin === "string") return await debugPlugin((await this.#started()).host, plugin);
    const fits = ({ eligibility, parley }: PluginView) => eligibility.ok && parley?.run.runtime === "node";
    const what = { title: "Debug which plugin?", fits, none: "No plugin that Node runs may run." };
    await this.#with(plugin, what, attachDebugger);
    return undefined;
  }

  async #with(plugin: unknown, choice: Choice, act: (host: Host, name: string) => Promise<void>): Promise<void> {
    const host = (await this.#started()).host;
    const name = nameOf(plugin) ?? (await pickPlugin(host, choice));
    if (name === undefined) return;
    const unused = shadowedText(plugin);
    if (unused !== undefined) {
      say("info", unused, showPlugins);
      return;
    }
    try {
      await act(host, name);
    } catch (error) {
      sayFailure(error, "That", name);
    }
  }
}

function nameOf(plugin: unknown): string | undefined {
  if (typeof plugin === "string") return plugin;
  const name = (plugin as { name?: unknown } | undefined)?.name;
  return typeof name === "string" ? name : undefined;
}

/** Which plugins a command without a row is about. */
interface Choice {
  readonly title: string;
  readonly fits: (view: PluginView) => boolean;
  /** Said where there is none. */
  readonly none: string;
}

const nothingInstalled = "No plugin is installed.";
const waitsForConsent = ({ eligibility }: PluginView) => !eligibility.ok && eligibility.reason === "needsConsent";
const hasProcess = ({ process }: PluginView) => process !== "stopped" && process !== "failed";
/** Not so a package that lost its name to another: what is done must not befall the other. */
const hasOwnName = (view: PluginView) => shadowedText(view) === undefined;

async function pickPlugin(host: Host, { title, fits, none }: Choice): Promise<string | undefined> {
  const items = host.supervisor
    .list()
    .filter((view) => hasOwnName(view) && fits(view))
    .map((view) => ({ label: view.name, description: wordOf(view), detail: view.description }));
  if (items.length === 0) {
    say("info", none, showPlugins);
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { title, matchOnDetail: true }))?.label;
}

/** Says that a plugin does not answer; answers whether the person wants it restarted. */
export async function askToRestart(plugin: string): Promise<boolean> {
  const restart = "Restart It";
  const text = `The plugin “${plugin}” does not answer. It may be busy: what it works on is lost when you restart it.`;
  return (await vscode.window.showWarningMessage(text, restart)) === restart;
}
