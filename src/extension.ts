import * as vscode from "vscode";
import { Scope } from "./base/dispose.ts";
import { exportActivity, setTraceHeaders } from "./vscode/activityCommands.ts";
import { createApi, type ParleyApi } from "./vscode/api.ts";
import { showAttachToken } from "./vscode/attachToken.ts";
import { CallMetrics } from "./vscode/callMetrics.ts";
import { commandIds } from "./vscode/commandIds.ts";
import { registerCommands } from "./vscode/commands.ts";
import { connectModel, pickModel } from "./vscode/connectModel.ts";
import { announceNewPlugins } from "./vscode/consentSheet.ts";
import { ConversationCommands } from "./vscode/conversationCommands.ts";
import { ConversationView, conversationViewId } from "./vscode/conversationView.ts";
import { tellAuthors } from "./vscode/developTrouble.ts";
import { DiffViewer } from "./vscode/diffs.ts";
import { watchEditor } from "./vscode/editorEvents.ts";
import { feedParts } from "./vscode/feedParts.ts";
import { hostStart } from "./vscode/hostStart.ts";
import { logChannel } from "./vscode/logChannel.ts";
import { button, say } from "./vscode/notices.ts";
import { PaletteCommands } from "./vscode/paletteCommands.ts";
import { askToRestart, PluginCommands } from "./vscode/pluginCommands.ts";
import { PluginLogs } from "./vscode/pluginLogs.ts";
import { PluginsTree, pluginsViewId } from "./vscode/pluginsTree.ts";
import { StatusItem } from "./vscode/status.ts";
import { offerRestarts } from "./vscode/unresponsive.ts";

let stop: (() => Promise<void>) | undefined;

/** Loaded when it is first used: with it come the protocol's schemas, which the start does without. */
const development = async () => await import("./vscode/developPlugin.ts");

/**
 * Registers what VS Code must know at once and nothing more. The host is made when it is first needed: by the view, a
 * command, or a moment after VS Code has started; no process starts before a plugin is wanted.
 */
export function activate(context: vscode.ExtensionContext): ParleyApi {
  const scope = new Scope("extension");
  context.subscriptions.push(scope);
  const logger = logChannel(scope);
  const logs = scope.add(new PluginLogs());
  const diffs = scope.add(new DiffViewer());
  const status = scope.add(new StatusItem());
  const metrics = scope.add(new CallMetrics());

  const parts = hostStart(async () => {
    const { startHost } = await import("./start.ts");
    return await startHost(context, logger, diffs);
  }, logger);
  const host = async () => (await parts()).host;
  const view = scope.add(
    new ConversationView(context.extensionUri, async () => feedParts(await parts(), diffs), logger),
  );
  const tree = new PluginsTree(
    () => parts.running()?.host.supervisor.list() ?? [],
    (plugin) => parts.running()?.host.notesOf(plugin) ?? [],
  );

  const plugins = new PluginCommands(parts, logs);
  const contributed: { command: string }[] = context.extension.packageJSON.contributes.commands;
  const palette = scope.add(
    new PaletteCommands(
      host,
      contributed.map(({ command }) => command),
    ),
  );
  const conversation = new ConversationCommands(host, view);
  scope.add(vscode.window.registerWebviewViewProvider(conversationViewId, view));
  scope.add(vscode.window.registerTreeDataProvider(pluginsViewId, tree));
  scope.add(
    registerCommands({
      [commandIds.open]: () => conversation.open(),
      [commandIds.newConversation]: () => conversation.create(),
      [commandIds.compactConversation]: () => conversation.compact(),
      [commandIds.showHistory]: () => conversation.show("history"),
      [commandIds.showActivity]: () => conversation.show("activity"),
      [commandIds.exportActivity]: async () => await exportActivity(await parts()),
      [commandIds.showCallMetrics]: async () => await metrics.show(await host()),
      [commandIds.setTraceHeaders]: () => setTraceHeaders(context.secrets),
      [commandIds.stop]: () => conversation.stop(),
      [commandIds.askAboutSelection]: () => conversation.askAboutSelection(),
      [commandIds.connectModel]: async () => void (await connectModel((await parts()).models)),
      [commandIds.pickModel]: async () => void (await pickModel((await parts()).models)),
      [commandIds.startPlugin]: (plugin) => plugins.start(plugin),
      [commandIds.stopPlugin]: (plugin) => plugins.stop(plugin),
      [commandIds.restartPlugin]: (plugin) => plugins.restart(plugin),
      [commandIds.reviewPlugin]: (plugin) => plugins.review(plugin),
      [commandIds.addPluginFolder]: () => plugins.addFolder(),
      [commandIds.debugPlugin]: (plugin) => plugins.debug(plugin),
      [commandIds.createPlugin]: async () => await (await development()).createPlugin(await parts()),
      [commandIds.developPlugin]: async (folder) =>
        await (await development()).developPlugin(await parts(), String(folder)),
      [commandIds.managePermissions]: (plugin) => plugins.permissions(plugin),
      [commandIds.addRule]: () => plugins.addRule(),
      [commandIds.showPluginLog]: (plugin) => plugins.showLog(plugin),
      [commandIds.setPluginSecret]: (plugin) => plugins.setSecret(plugin),
      [commandIds.showAttachToken]: async () => await showAttachToken((await parts()).attach),
      [commandIds.runPluginCommand]: () => plugins.run(),
      [commandIds.openWalkthrough]: async () =>
        void (await vscode.commands.executeCommand(
          "workbench.action.openWalkthrough",
          `${context.extension.id}#start`,
        )),
    }),
  );
  // What happened in the editor before there was a host is no news to anybody.
  scope.add(watchEditor((type, data) => parts.running()?.host.publish(type, data)));
  parts.ready(({ host: made, models, reviewing, onDidFindExamples, stop: end }) => {
    stop = end;
    palette.follow(made);
    const restarts = offerRestarts({ ask: askToRestart, restart: (plugin) => made.supervisor.restart(plugin) });
    const trouble = tellAuthors((plugin, text) =>
      say("warning", text, button("Show Log", commandIds.showPluginLog, plugin)),
    );
    const announce = announceNewPlugins(made, reviewing);
    const refresh = () => {
      announce();
      restarts(made.supervisor.list());
      trouble(made.supervisor.list());
      tree.refresh();
      const id = made.conversations.visibleId;
      const waiting = made.approvals.waiting();
      const state = id === undefined ? "idle" : made.agent.state(id);
      status.show(waiting > 0 ? "waiting" : state, made.supervisor.list());
      view.badge(waiting);
    };
    scope.add(made.supervisor.onDidChange(refresh));
    scope.add(made.configs.onDidChange(refresh));
    scope.add(made.telemetry.onDidChange(() => tree.refresh()));
    scope.add(made.agent.onDidChangeState(refresh));
    scope.add(made.approvals.onDidChange(refresh));
    scope.add(view.onDidShow(refresh));
    scope.add(made.activity.onDidAdd((entry) => view.activity(entry)));
    scope.add(made.activity.onDidLog(({ plugin, line }) => logs.add(plugin, line)));
    scope.add(onDidFindExamples(() => void view.feed?.refreshState()));
    scope.add(models.onDidChange(() => void view.feed?.refreshState()));
    scope.add(made.rules.onDidChange(() => void view.feed?.refreshState()));
    refresh();
  });
  // When VS Code is done with starting: plugins that ask to be started with the window, and the list of all.
  setImmediate(() => {
    parts()
      .then(() => view.welcome(context.globalState))
      // It is in the log, and the view says it.
      .catch(() => {});
  });
  return createApi(host);
}

/** VS Code waits five seconds for this; the plugins are gone in under four. */
export async function deactivate(): Promise<void> {
  await stop?.();
}
