import { isJsonObject } from "../../base/json.ts";
import type { ParleyManifest } from "../../protocol/manifest.ts";
import { workspaceName } from "../../protocol/workspaceName.ts";

/** What the person's settings ask for: no sandbox, one where it is possible, or one without which the plugin does not run. */
const sandboxDemands = ["off", "on", "required"] as const;
export type SandboxDemand = (typeof sandboxDemands)[number];

/**
 * What the setting asks for a plugin: `{name: demand}`, with `*` for all that are not named. A text that is none of the demands counts
 * as `required`: a slip of the pen must not open what was to be shut. Whatever else is not of that shape asks for nothing.
 */
export function sandboxDemand(setting: unknown, plugin: string): SandboxDemand {
  if (!isJsonObject(setting)) return "off";
  const own = [plugin, "*"].find((name) => Object.hasOwn(setting, name));
  const demand = own === undefined ? undefined : setting[own];
  return sandboxDemands.find((one) => one === demand) ?? (typeof demand === "string" ? "required" : "off");
}

/** How a process is to be shut in. All paths are absolute; what a manifest wishes comes on top of them. */
export interface SandboxPlan {
  readonly demand: Exclude<SandboxDemand, "off">;
  /** What `${workspace}` stands for in a manifest's wishes. */
  readonly workspace: readonly string[];
  /** Programs of the host that plugins are told of, such as ripgrep: readable by all. */
  readonly tools: readonly string[];
}

/** What the settings and the window come to; undefined where no sandbox is asked for. */
export function sandboxPlan(
  demand: SandboxDemand = "off",
  folders: readonly { readonly path: string }[] = [],
  ripgrep?: string,
): SandboxPlan | undefined {
  if (demand === "off") return undefined;
  return { demand, workspace: folders.map(({ path }) => path), tools: ripgrep === undefined ? [] : [ripgrep] };
}

/** `node` is Node's permission model, which only holds Node plugins and leaves the network open. */
export type SandboxKind = "none" | "node" | "bubblewrap" | "sandbox-exec";

/** What holds a process, with sentences for a person that say what it may reach, or why nothing holds it. */
export interface SandboxState {
  readonly kind: SandboxKind;
  readonly text: string;
}

export const noSandbox: SandboxState = {
  kind: "none",
  text: "No sandbox is in force: its process can do what you can do. The setting parley.plugins.sandbox turns one on.",
};

/** A wish as a person reads it. */
export function shownWish(text: string): string {
  return text.replace(workspaceName, "the open folder");
}

/** What a manifest wishes for its process, one short line each: they stand on the consent sheet, and more of them ask again. */
export function processWishes({ run, requirements }: Pick<ParleyManifest, "run" | "requirements">): string[] {
  const { reads = [], writes = [], network, processes } = run.sandbox ?? {};
  return [
    ...reads.map((path) => `read ${path}`),
    ...writes.map((path) => `read and write ${path}`),
    ...(network ? ["use the network"] : []),
    ...(processes ? ["start other programs"] : []),
    ...(requirements === undefined ? [] : [`have Python packages installed (${requirements})`]),
  ];
}
