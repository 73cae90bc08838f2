import * as vscode from "vscode";
import type { TraceLevel } from "../core/config/traced.ts";
import type { HostSettings } from "../core/hostParts.ts";
import { sandboxDemand } from "../core/plugins/sandbox.ts";
import type { AgentMode } from "../protocol/webview.ts";

function get<T>(name: string, fallback: T): T {
  return vscode.workspace.getConfiguration("parley").get<T>(name) ?? fallback;
}

/** The settings below `parley.`, read anew each time; values of a wrong type count as not set. */
export const settings = {
  stepLimit: () => bounded(get<unknown>("agent.stepLimit", 40), 1, 500, 40),
  compactAt: () => bounded(get<unknown>("agent.compactAt", 80), 10, 95, 80) / 100,
  contextWindow: () => bounded(get<unknown>("agent.contextWindow", 0), 0, 100_000_000, 0),
  mode: (): AgentMode =>
    !vscode.workspace.isTrusted || get<unknown>("agent.mode", "agent") === "ask" ? "ask" : "agent",
  pythonPath: () => text(get<unknown>("python.path", "")),
  disabledPlugins: () => texts(get<unknown>("plugins.disabled", [])),
  /** Absolute folders, each a package or a folder of packages. */
  pluginFolders: () => texts(get<unknown>("plugins.folders", [])),
  /** Values of a wrong type leave the door closed. */
  attach: () => ({
    enabled: get<unknown>("attach.enabled", false) === true,
    port: bounded(get<unknown>("attach.port", 0), 0, 65_535, 0),
    certificate: text(get<unknown>("attach.certificate", "")),
    key: text(get<unknown>("attach.key", "")),
  }),
  sandbox: (plugin: string) => sandboxDemand(get<unknown>("plugins.sandbox", {}), plugin),
  idleMinutes: () => bounded(get<unknown>("plugins.idleMinutes", 30), 0, 10_080, 30),
  debugPort: (plugin: string): number | undefined => {
    const ports = get<unknown>("plugins.debugPorts", {});
    const port = isObject(ports) ? bounded(ownOf(ports, plugin), -1, 65_535, -1) : -1;
    return port < 0 ? undefined : port;
  },
  tokenBudget: () => bounded(get<unknown>("plugins.tokenBudget", 100_000), 0, 1_000_000_000, 100_000),
  /** As it is written; whoever takes it checks it. */
  limits: () => get<unknown>("limits", {}),
  /** As it is written; whoever takes it checks it. */
  providers: () => get<unknown>("providers", {}),
  /** `*` stands for every plugin that is not named. */
  trace: (plugin: string): TraceLevel => {
    const levels = get<unknown>("trace.plugins", {});
    if (typeof levels !== "object" || levels === null) return "off";
    const level = ownOf(levels, plugin) ?? ownOf(levels, "*");
    return level === "messages" || level === "verbose" ? level : "off";
  },
  journalKeep: () => ({
    days: bounded(get<unknown>("journal.keepDays", 90), 1, 3_650, 90),
    rows: bounded(get<unknown>("journal.mostRows", 1_000_000), 10_000, 100_000_000, 1_000_000),
  }),
  traceDays: () => bounded(get<unknown>("traces.keepDays", 7), 0, 365, 7),
  /** Empty where traces go nowhere. */
  traceEndpoint: () => text(get<unknown>("traces.endpoint", "")) ?? "",
  pluginConfig: (plugin: string): Record<string, unknown> => {
    const all = get<Record<string, unknown>>("plugins.settings", {});
    const own = typeof all === "object" && all !== null ? ownOf(all, plugin) : undefined;
    return typeof own === "object" && own !== null && !Array.isArray(own) ? (own as Record<string, unknown>) : {};
  },
} satisfies HostSettings & Record<string, unknown>;

/** Puts a folder into `parley.plugins.folders`, once. */
export async function addPluginFolder(folder: string): Promise<void> {
  const folders = settings.pluginFolders();
  if (folders.includes(folder)) return;
  const configuration = vscode.workspace.getConfiguration("parley");
  await configuration.update("plugins.folders", [...folders, folder], vscode.ConfigurationTarget.Global);
}

/** Has a plugin run under a debugger from its next start, or, without a port, no longer; 0 leaves the choice of port to the system. */
export async function setDebugPort(plugin: string, port: number | undefined): Promise<void> {
  const configured = get<unknown>("plugins.debugPorts", {});
  const { [plugin]: _, ...others } = (isObject(configured) ? configured : {}) as Record<string, unknown>;
  const next = port === undefined ? others : { ...others, [plugin]: port };
  const configuration = vscode.workspace.getConfiguration("parley");
  await configuration.update("plugins.debugPorts", next, vscode.ConfigurationTarget.Global);
}

/** Runs when a setting of ours changes, with a test for its name. */
export function onSettingsChange(listener: (affects: (name: string) => boolean) => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration("parley")) listener((name) => change.affectsConfiguration(`parley.${name}`));
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function ownOf(values: object, name: string): unknown {
  return Object.hasOwn(values, name) ? (values as Record<string, unknown>)[name] : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string" && one.trim() !== "") : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

function bounded(value: unknown, least: number, most: number, fallback: number): number {
  return typeof value === "number" && Number.isInteger(value) ? Math.min(most, Math.max(least, value)) : fallback;
}
