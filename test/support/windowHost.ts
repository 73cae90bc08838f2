/** A second host in the extension host of a test: the code under test, on the real VS Code, with a storage of its own. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { silentLogger } from "../../src/base/logger.ts";
import type { PluginView } from "../../src/core/plugins/run.ts";
import { startHost } from "../../src/start.ts";
import type { StartedHost } from "../../src/vscode/feedParts.ts";

export interface WindowHost extends StartedHost {
  /** The person's home folder while this host lives. */
  readonly home: string;
  readonly workspace: string;
  /** The one package of this name from this source, where it is found. */
  view(name: string, source: PluginView["source"]): PluginView | undefined;
  /** Why a package may not run, in a word; undefined where it may, or where it is not there. */
  reason(name: string, source: PluginView["source"]): string | undefined;
  call(plugin: string, name: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** A secret storage that ends with the host. */
function secretStorage(): Partial<vscode.SecretStorage> {
  const kept = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.SecretStorageChangeEvent>();
  return {
    get: async (key) => kept.get(key),
    store: async (key, value) => {
      kept.set(key, value);
      changed.fire({ key });
    },
    delete: async (key) => {
      kept.delete(key);
      changed.fire({ key });
    },
    onDidChange: changed.event,
  };
}

export async function windowHost(): Promise<WindowHost> {
  const parley = vscode.extensions.getExtension("parley-dev.parley");
  assert.ok(parley, "Parley is not among the extensions");
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-window-")));
  const [home, storage] = [join(folder, "home"), join(folder, "storage")];
  for (const made of [home, storage]) mkdirSync(made);
  const before = { HOME: process.env.HOME, USERPROFILE: process.env.USERPROFILE };
  Object.assign(process.env, { HOME: home, USERPROFILE: home });
  const subscriptions: vscode.Disposable[] = [];
  const context = {
    extension: parley,
    asAbsolutePath: (path: string) => join(parley.extensionPath, path),
    globalStorageUri: vscode.Uri.file(storage),
    logUri: vscode.Uri.file(join(folder, "log")),
    secrets: secretStorage(),
    subscriptions,
  } as unknown as vscode.ExtensionContext;
  const started = await startHost(context, silentLogger);
  const view = (name: string, source: PluginView["source"]) =>
    started.host.supervisor.list().find((plugin) => plugin.name === name && plugin.source === source);
  return {
    ...started,
    home,
    workspace: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "",
    view,
    reason(name, source) {
      const eligibility = view(name, source)?.eligibility;
      return eligibility && !eligibility.ok ? eligibility.reason : undefined;
    },
    async call(plugin, name) {
      const { result } = await started.host.calls.call({ caller: "person", to: { plugin }, name, args: {} });
      return result as Record<string, unknown>;
    },
    async close() {
      for (const one of subscriptions.splice(0)) one.dispose();
      await started.stop();
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
