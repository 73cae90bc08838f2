import * as vscode from "vscode";
import { isJsonObject, parseJson } from "../base/json.ts";
import type { Host } from "../core/host.ts";
import { identityOf } from "../core/plugins/identity.ts";
import type { InstalledPlugin } from "../core/plugins/installed.ts";
import { say, settingsButton } from "./notices.ts";

const prefix = "parley.pluginSecrets.";

/** The part of VS Code's secret storage in which secrets of plugins are kept: one entry for each plugin. */
export class PluginSecrets {
  readonly #storage: vscode.SecretStorage;

  constructor(storage: vscode.SecretStorage) {
    this.#storage = storage;
  }

  async read(plugin: InstalledPlugin): Promise<Record<string, string>> {
    const kept = parseJson((await this.#storage.get(keyOf(plugin))) ?? "{}");
    if (!isJsonObject(kept)) return {};
    return Object.fromEntries(
      Object.entries(kept).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
    );
  }

  /** Without a value it is forgotten. */
  async set(plugin: InstalledPlugin, name: string, value: string | undefined): Promise<void> {
    const { [name]: _old, ...rest } = await this.read(plugin);
    const next = value === undefined ? rest : { ...rest, [name]: value };
    if (Object.keys(next).length === 0) await this.#storage.delete(keyOf(plugin));
    else await this.#storage.store(keyOf(plugin), JSON.stringify(next));
  }

  /** Runs when any secret of a plugin was changed, in whichever window. */
  onDidChange(listener: () => void): vscode.Disposable {
    return this.#storage.onDidChange(({ key }) => {
      if (key.startsWith(prefix)) listener();
    });
  }
}

/** A plugin that only has the name of another does not get its secrets. */
function keyOf(plugin: InstalledPlugin): string {
  return `${prefix}${identityOf(plugin)}${plugin.source === "workspace" ? `@${plugin.root}` : ""}`;
}

/** Lets the person give, change or remove a secret of a plugin; what is typed is not shown. */
export async function setPluginSecret(host: Host, secrets: PluginSecrets, name: string): Promise<void> {
  const plugin = host.supervisor.installed(name);
  const fields = host.configs.secretFields(name);
  if (!plugin || fields.length === 0) {
    say("info", `${name} has no secret among its settings.`, settingsButton("parley.plugins.settings"));
    return;
  }
  const known = await secrets.read(plugin);
  const items = fields.map((field) => ({
    label: field.name,
    description: Object.hasOwn(known, field.name) ? "set" : field.required ? "missing, and needed" : "not set",
    detail: typeof field.schema.description === "string" ? field.schema.description : undefined,
  }));
  const title = `Secrets of ${name}`;
  const chosen = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title });
  if (!chosen) return;
  const value = await vscode.window.showInputBox({
    title: `${title}: ${chosen.label}`,
    prompt: `${chosen.detail ?? "It is kept in VS Code's secret storage and given to the plugin alone."} Empty removes it.`,
    password: true,
    ignoreFocusOut: true,
  });
  if (value === undefined) return;
  await secrets.set(plugin, chosen.label, value === "" ? undefined : value);
  vscode.window.setStatusBarMessage(value === "" ? `Removed ${chosen.label}.` : `Set ${chosen.label}.`, 5_000);
}
