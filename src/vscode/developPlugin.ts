import * as vscode from "vscode";
import { agentTools } from "../core/agent/tools.ts";
import type { Host } from "../core/host.ts";
import type { PluginView } from "../core/plugins/run.ts";
import { pluginName } from "../protocol/plugin/common.ts";
import { commandIds } from "./commandIds.ts";
import { reviewPlugin } from "./consentSheet.ts";
import type { StartedHost } from "./feedParts.ts";
import { button, manageTrust, say, sayFailure } from "./notices.ts";
import { addPluginFolder } from "./settings.ts";

/** How a plugin is after it was opened for development, as plain values for whoever asked. */
export interface DevelopedPlugin {
  readonly name: string;
  /** `running`, or why it is not: `needsConsent`, `broken`, `failed` … */
  readonly state: string;
  readonly problem?: string;
  /** The last lines of its log, where it did not come up. */
  readonly log?: readonly string[];
  /** Names by which a model calls its tools. */
  readonly tools: readonly string[];
}

/** What makes plugins for the person: the bundled one, whoever else provides `plugin.create`. */
const scaffold = { plugin: "scaffold", offer: "create_plugin" } as const;

/** Lines of the log that tell why a plugin did not come up. */
const toldLines = 20;

/**
 * Opens the plugin in a folder for development: it keeps its rights while its files change, until it wants more. The person is
 * asked to let it in where it is new; then it is started, or started anew. What is wrong with the plugin is in the answer.
 *
 * @param folder absolute; a package, with its `plugin.json`
 */
export async function developPlugin(started: StartedHost, folder: string): Promise<DevelopedPlugin> {
  const at = vscode.Uri.file(folder);
  if (vscode.workspace.getWorkspaceFolder(at) && !vscode.workspace.isTrusted) {
    return refusal(folder, "untrusted", "The open folder is not trusted, so nothing in it runs. Trust it first.");
  }
  started.reviewing.add(at.fsPath);
  try {
    return await open(started, at);
  } finally {
    started.reviewing.delete(at.fsPath);
  }
}

async function open({ host, scan }: StartedHost, at: vscode.Uri): Promise<DevelopedPlugin> {
  await addPluginFolder(at.fsPath);
  await scan();
  const find = () => host.supervisor.list().find(({ root }) => vscode.Uri.file(root).fsPath === at.fsPath);
  const found = find();
  if (!found) return refusal(at.fsPath, "broken", `No plugin was found in ${at.fsPath}: it has no plugin.json.`);
  if (!found.eligibility.ok && found.eligibility.reason === "needsConsent") await reviewPlugin(host, found.name);
  const { eligibility } = find() ?? found;
  if (eligibility.ok) await bringUp(host, found.name);
  return told(host, find() ?? found);
}

/** What goes wrong is the plugin's problem, and its view says it. */
async function bringUp(host: Host, name: string): Promise<void> {
  const running = host.supervisor.view(name)?.process !== "stopped";
  await (running ? host.supervisor.restart(name) : host.supervisor.start(name)).catch(() => {});
}

function told(host: Host, view: PluginView): DevelopedPlugin {
  const { name, process, eligibility, problem } = view;
  const tools = [...agentTools(host.offers.all()).values()].flatMap(({ tool, known }) =>
    known.plugin === name ? [tool.name] : [],
  );
  if (process === "running") return { name, state: "running", tools };
  const why = eligibility.ok ? problem : `${eligibility.text} ${eligibility.todo ?? ""}`.trim();
  return {
    name,
    state: eligibility.ok ? process : eligibility.reason,
    ...(why ? { problem: why } : {}),
    log: host.activity.logOf(name).slice(-toldLines),
    tools,
  };
}

function refusal(folder: string, state: string, problem: string): DevelopedPlugin {
  return { name: folder.split(/[\\/]/).at(-1) ?? folder, state, problem, tools: [] };
}

/** Asks what a new plugin is to be, makes it from the template, and shows its program. */
export async function createPlugin({ host }: StartedHost): Promise<void> {
  const wish = await askWish();
  if (!wish) return;
  try {
    const conversation = await host.conversations.visible();
    const outcome = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: `Creating the plugin ${wish.name}` },
      async () =>
        await host.calls.call({
          caller: "person",
          to: { plugin: scaffold.plugin },
          name: scaffold.offer,
          args: { ...wish },
          conversation: conversation.id,
        }),
    );
    const { folder, plugin } = outcome.result as { folder: string; plugin: DevelopedPlugin };
    const main = vscode.Uri.joinPath(vscode.Uri.file(folder), wish.language === "python" ? "main.py" : "main.ts");
    await vscode.window.showTextDocument(main);
    if (plugin.state === "running") {
      const words = `The plugin ${wish.name} runs. Ask the agent to “count the words of to be or not to be”, or change ${wish.language === "python" ? "main.py" : "main.ts"}: it is started anew when you save.`;
      say("info", words, button("Open Conversation", commandIds.open));
    } else {
      const why = plugin.problem ?? `The plugin ${wish.name} is made and does not run.`;
      say(
        "warning",
        why,
        plugin.state === "untrusted" ? manageTrust : button("Show Log", commandIds.showPluginLog, wish.name),
      );
    }
  } catch (error) {
    sayFailure(error, "Creating the plugin");
  }
}

type Language = "typescript" | "python";

interface Wish {
  readonly language: Language;
  readonly name: string;
  readonly description: string;
  readonly where: "workspace" | "user";
  /** The path of the open folder that it is put into. */
  readonly folder?: string;
}

/** Four small questions; undefined when the person left. */
async function askWish(): Promise<Wish | undefined> {
  const languages: (vscode.QuickPickItem & { language: Language })[] = [
    {
      label: "TypeScript",
      description: "runs on VS Code's own Node; nothing to install or build",
      language: "typescript",
    },
    { label: "Python", description: "runs on Python 3.9 or newer; nothing to install", language: "python" },
  ];
  const title = "Create a plugin";
  const chosen = await vscode.window.showQuickPick(languages, {
    title: `${title} (1/4): its language`,
    ignoreFocusOut: true,
  });
  if (!chosen) return undefined;
  const name = await vscode.window.showInputBox({
    title: `${title} (2/4): its name`,
    placeHolder: "word-tools",
    ignoreFocusOut: true,
    validateInput: (text) =>
      pluginName.safeParse(text).success
        ? undefined
        : "Use 1 to 64 of a–z, 0–9, “-” and “.”, with a letter or digit at both ends.",
  });
  if (!name) return undefined;
  const description = await vscode.window.showInputBox({
    title: `${title} (3/4): what it does, in a sentence`,
    value: `The plugin ${name}.`,
    ignoreFocusOut: true,
  });
  if (description === undefined) return undefined;
  const place = await askPlace(`${title} (4/4): where it lives`);
  return place && { language: chosen.language, name, description: description.slice(0, 300), ...place };
}

/** One of the open folders on this machine, or the person's home; not asked where none is open. */
async function askPlace(title: string): Promise<Pick<Wish, "where" | "folder"> | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  if (folders.length === 0) return { where: "user" };
  const places: (vscode.QuickPickItem & { place: Pick<Wish, "where" | "folder"> })[] = [
    ...folders.map(({ name, uri }) => ({
      label: folders.length === 1 ? "This folder" : name,
      detail: `${name}/.parley/plugins: for all who work in it`,
      place: { where: "workspace", folder: uri.fsPath } as const,
    })),
    { label: "My plugins", detail: "~/.parley/plugins: for all your windows", place: { where: "user" } },
  ];
  return (await vscode.window.showQuickPick(places, { title, ignoreFocusOut: true }))?.place;
}
