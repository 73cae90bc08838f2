import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { systemClock } from "./base/clock.ts";
import { Scope } from "./base/dispose.ts";
import { Emitter } from "./base/emitter.ts";
import { asFailure } from "./base/failure.ts";
import { randomIds } from "./base/ids.ts";
import type { Logger } from "./base/logger.ts";
import { Secrets } from "./core/config/secrets.ts";
import { loggerWithout } from "./core/config/withoutSecrets.ts";
import { createHost } from "./core/host.ts";
import { withoutSecretTexts } from "./core/journal/secrets.ts";
import { lifeLine } from "./core/plugins/run.ts";
import { AttachDoor } from "./node/attach/door.ts";
import { AttachTokens } from "./node/attach/tokens.ts";
import { PluginDatabases } from "./node/database/pluginDatabases.ts";
import { Discovery } from "./node/discovery.ts";
import { previewDiffs, previewEdit } from "./node/editPreview.ts";
import { NodeLauncher } from "./node/launcher.ts";
import { LogFiles } from "./node/logFiles.ts";
import { TraceExport } from "./node/otlp/traceExport.ts";
import { isAlive, startOf } from "./node/processIdentity.ts";
import { findRipgrep } from "./node/ripgrepPath.ts";
import { writeRuntimeConfig } from "./node/runtimeConfig.ts";
import { SqliteStore } from "./node/store/sqliteStore.ts";
import { createValidator } from "./node/validator.ts";
import { writePieces } from "./node/writePieces.ts";
import { isTraceHeaders, traceHeaders } from "./vscode/activityCommands.ts";
import { contributions } from "./vscode/contributions.ts";
import { DiffViewer } from "./vscode/diffs.ts";
import { windowEditor } from "./vscode/editor.ts";
import { openFolderExamples } from "./vscode/examples.ts";
import type { StartedHost } from "./vscode/feedParts.ts";
import { watched } from "./vscode/knownSecrets.ts";
import { VscodeModels } from "./vscode/models.ts";
import { say, settingsButton, showActivity, withTodo } from "./vscode/notices.ts";
import { watchPluginPlaces, workspacePlugins } from "./vscode/pluginPlaces.ts";
import { PluginSecrets } from "./vscode/pluginSecrets.ts";
import { PluginWindow } from "./vscode/pluginWindow.ts";
import { onSettingsChange, settings } from "./vscode/settings.ts";
import { showSettingsNotices } from "./vscode/settingsNotices.ts";

/** Makes the host for this window. A start that fails leaves nothing behind, so that it can be tried again. */
export async function startHost(
  context: vscode.ExtensionContext,
  logger: Logger,
  diffs = new DiffViewer(),
): Promise<StartedHost> {
  const listeners = new Scope("host's listeners");
  const undo: (() => unknown)[] = [];
  try {
    const started = await makeHost(context, logger, diffs, { listeners, undo });
    context.subscriptions.push(listeners);
    return started;
  } catch (error) {
    listeners.dispose();
    for (const step of undo.reverse())
      await Promise.resolve()
        .then(step)
        .catch(() => {});
    throw error;
  }
}

/**
 * Node's side and VS Code's side meet here, and nowhere else. `listeners` ends with the window. `undo` is done last
 * first, and only where the start fails: what the host needs until it has stopped is ended by `stop`.
 */
async function makeHost(
  context: vscode.ExtensionContext,
  output: Logger,
  diffs: DiffViewer,
  { listeners, undo }: { listeners: Scope; undo: (() => unknown)[] },
): Promise<StartedHost> {
  const known = new Secrets();
  const logger = loggerWithout(known, output);
  const secretStorage = watched(context.secrets, known);
  const dist = context.asAbsolutePath("dist");
  const storage = context.globalStorageUri.fsPath;
  const openFolders = (): [roots: string[], names: string[]] => {
    const folders = windowEditor.workspaceFolders();
    return [folders.map(({ path }) => path), folders.map(({ name }) => name)];
  };
  const store = new SqliteStore({
    path: join(storage, "parley.db"),
    workerProgram: join(dist, "storeWorker.js"),
    logger,
  });
  undo.push(() => store.dispose());
  store.onNotice((text) => say("warning", text, showActivity));
  const launcher = new NodeLauncher({
    runsFolder: join(storage, "runs"),
    sdkDir: join(dist, "sdk"),
    guardianProgram: join(dist, "guardian.js"),
    pythonPath: settings.pythonPath,
    secretBegun: (text) => known.begun(text),
    logger,
  });
  undo.push(() => launcher.dispose());
  const window = listeners.add(new PluginWindow(diffs));
  const tokens = new AttachTokens({
    read: async () => await secretStorage.get("parley.attachTokens"),
    write: async (text) => await secretStorage.store("parley.attachTokens", text),
  });
  const door = new AttachDoor({ launcher, tokens, dataFolder: join(storage, "plugins"), logger });
  undo.push(() => door.dispose());
  const secrets = new PluginSecrets(secretStorage);
  const databases = new PluginDatabases({ program: join(dist, "databaseProgram.js"), logger });
  undo.push(() => databases.dispose());
  let models: VscodeModels | undefined;
  const host = await createHost({
    store,
    launcher: door,
    validator: await createValidator(),
    editor: windowEditor,
    window,
    databases,
    preview: { preview: (capability, args) => previewDiffs(capability, args, ...openFolders()) },
    models: (guide) => {
      models = new VscodeModels({ secrets: secretStorage, guide, load: () => import("./models/lazy.ts") });
      undo.push(() => models?.dispose());
      return models;
    },
    settings,
    config: {
      secrets: (plugin) => secrets.read(plugin),
      keep: (plugin, values) => writeRuntimeConfig(plugin.dataDir, values),
    },
    clock: systemClock,
    ids: randomIds,
    logger,
    random: Math.random,
    secrets: known,
    about: {
      version: String(context.extension.packageJSON.version),
      lease: { pid: process.pid, started: (await startOf(process.pid)) ?? "" },
      locale: vscode.env.language,
      ripgrep: findRipgrep(vscode.env.appRoot),
    },
    alive: isAlive,
  });
  undo.push(() => host.stop());
  const traceExport = new TraceExport({
    target: async () => ({ endpoint: settings.traceEndpoint(), headers: await traceHeaders(secretStorage) }),
    version: String(context.extension.packageJSON.version),
    clock: systemClock,
    trouble: (text) => say("warning", text, settingsButton("parley.traces")),
    ended: host.traces.onDidEnd,
  });
  undo.push(() => traceExport.close());
  const applyTraceExport = () => void traceExport.apply();
  applyTraceExport();
  listeners.add(onSettingsChange((affects) => void (affects("traces") && applyTraceExport())));
  listeners.add(secretStorage.onDidChange((change) => void (isTraceHeaders(change) && applyTraceExport())));
  listeners.add(showSettingsNotices(host));
  const applyChanges = () => void host.settingsChanged();
  applyChanges();
  listeners.add(onSettingsChange(applyChanges));
  listeners.add(secrets.onDidChange(applyChanges));
  const logs = new LogFiles({
    folder: join(context.logUri.fsPath, "plugins"),
    clock: systemClock,
    logger,
    redact: (_, line) => withoutSecretTexts(known.redact(line)),
  });
  listeners.add(host.activity.onDidLog(({ plugin, line }) => logs.add(plugin, line)));
  listeners.add(host.supervisor.onLifecycle((event) => logs.add(event.plugin, lifeLine(event, systemClock.now()))));
  host.onWriteFailed((text) => say("error", `Parley could not write to its database: ${text}`, showActivity));
  const discovery = new Discovery({
    bundled: join(dist, "plugins"),
    dataFolder: join(storage, "plugins"),
    user: () => join(homedir(), ".parley", "plugins"),
    development: settings.pluginFolders,
    workspace: workspacePlugins,
    contributions,
    trusted: windowEditor.trusted,
    clock: systemClock,
    logger,
    onFound: async (found) => {
      await host.setInstalled(door.among(found));
      applySettings();
    },
  });
  const applySettings = () => {
    host.rules.setMode(settings.mode());
    const disabled = new Set(settings.disabledPlugins());
    for (const { name } of host.supervisor.list()) host.supervisor.setDisabled(name, disabled.has(name));
  };
  listeners.add(discovery);
  listeners.add(onSettingsChange((affects) => (affects("plugins") ? discovery.ask() : applySettings())));
  listeners.add(watchPluginPlaces(() => discovery.ask()));
  listeners.add(vscode.workspace.onDidGrantWorkspaceTrust(applySettings));
  door.serve({
    hostInfo: host.hostInfo,
    view: (name) => host.supervisor.view(name),
    changed: () => discovery.look(),
  });
  const openDoor = () =>
    door.apply(settings.attach()).catch((error) => {
      const { message, todo } = asFailure(error, "Opening the door for plugins that attach");
      say("error", withTodo(message, todo), settingsButton("parley.attach"));
    });
  listeners.add(onSettingsChange((affects) => void (affects("attach") && openDoor())));
  await openDoor();
  await discovery.look();
  const changed = new Emitter<void>();
  let found: readonly string[] = [];
  void openFolderExamples().then((examples) => {
    found = examples;
    changed.fire();
  });
  if (!models) throw new Error("The host asked for no models.");
  return {
    host,
    models,
    secrets,
    attach: {
      names: () => tokens.names(),
      of: (name) => tokens.of(name),
      replace: (name) => tokens.replace(name),
      remove: (name) => tokens.remove(name),
      address: () => door.address,
    },
    logs,
    scan: () => discovery.look(),
    reviewing: new Set(),
    examples: () => found,
    onDidFindExamples: changed.event,
    proposed: async ({ plugin, name, args }) => {
      const capability = host.offers.find(plugin, name)?.offer.facets?.provides;
      return (capability && (await previewEdit(capability, args, ...openFolders()))?.files) || [];
    },
    home: homedir(),
    exportTo: (path, format, filter) => writePieces(path, host.journal.export(format, filter)),
    stop: async () => {
      discovery.dispose();
      await host.stop();
      await logs.written();
      await traceExport.close();
      databases.dispose();
      door.dispose();
      launcher.dispose();
      models?.dispose();
      await store.close();
    },
  };
}
