import type { PackageManifest, ParleyManifest } from "../../protocol/manifest.ts";
import { hostSource } from "../events/topics.ts";

/** Where a package comes from, the most trusted first; of two with one name the earlier source wins. */
export const pluginSources = ["bundled", "extension", "user", "development", "workspace", "attached"] as const;
export type PluginSource = (typeof pluginSources)[number];

/**
 * A package as it was found on disk. `root` and `dataDir` are absolute. A package whose manifest was rejected has a
 * `problem` and no `manifest`; its `name` is then the folder's. `parley` is missing where the package says nothing
 * about Parley: it is listed, and there is nothing to run.
 */
export interface InstalledPlugin {
  readonly name: string;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly source: PluginSource;
  readonly root: string;
  readonly dataDir: string;
  readonly manifest: PackageManifest | undefined;
  /** Parley's part, with `${PLUGIN_ROOT}` and `${PLUGIN_DATA}` already expanded in `run.args` and `run.env`. */
  readonly parley: ParleyManifest | undefined;
  /** Why the package cannot be used: one sentence that says what is wrong and where. */
  readonly problem?: string;
  /** What the author should know, although the package is used. */
  readonly warnings: readonly string[];
  /** Where the package stands that has the same name and is used instead. */
  readonly shadowedBy?: string;
  /** The id of the extension that contributes it. */
  readonly extension?: string;
  /** SHA-256 over all that a package of the workspace holds, in hex; missing while the workspace is not trusted. */
  readonly contentHash?: string;
  /** Of a package of the workspace: tells the folder in which it stands from every other, in hex. */
  readonly place?: string;
  /** Tells the states of a package apart that is being developed: with another one it is started anew. */
  readonly stamp?: string;
  /** Set where a newer version is on disk than the window has loaded: a sentence that says so and what to do. */
  readonly reload?: string;
}

/** Whether two findings of a package are the same as to what runs and what it asks for. */
export function sameToRun(one: InstalledPlugin, other: InstalledPlugin): boolean {
  return one.stamp === other.stamp && sameToReview(one, other);
}

/** Whether two findings of a package are the same as to what a person let in. A development's files may change. */
export function sameToReview(one: InstalledPlugin, other: InstalledPlugin): boolean {
  const text = ({ source, root, version, parley, manifest, extension, contentHash }: InstalledPlugin) =>
    JSON.stringify([source, root, version, parley, manifest?.author?.name, extension, contentHash]);
  return text(one) === text(other);
}

/** Why a plugin may not run now. `broken` is a package that was rejected, `nothingToRun` one without Parley's part. */
export type IneligibleReason =
  | "disabled"
  | "untrusted"
  | "needsConsent"
  | "needsConfiguration"
  | "shadowed"
  | "broken"
  | "nothingToRun";

/** `text` is a sentence for a person, `todo` says what would change it. */
export interface Ineligible {
  readonly reason: IneligibleReason;
  readonly text: string;
  readonly todo?: string;
}

/**
 * What keeps a plugin from running, derived from the package and from what the person decided; the first reason that
 * holds. Undefined where nothing does.
 */
export function ineligibility(
  plugin: InstalledPlugin,
  facts: { disabled: boolean; more?: Ineligible | undefined },
): Ineligible | undefined {
  const name = `Plugin "${plugin.name}"`;
  // Without a manifest the name is only the folder's: what is wrong helps more than whose name it is.
  const nameKnown = plugin.manifest !== undefined || plugin.problem === undefined;
  if (plugin.shadowedBy !== undefined && nameKnown) {
    return {
      reason: "shadowed",
      text: `${name} in ${plugin.root} is not used, because ${plugin.shadowedBy} has the same name and goes first.`,
      todo: "Rename one of the two, or remove it.",
    };
  }
  if (plugin.problem !== undefined) {
    return { reason: "broken", text: `${name} cannot be used: ${plugin.problem}`, todo: "Correct its plugin.json." };
  }
  if (plugin.name === hostSource && plugin.parley) {
    const text = `${name} cannot be used: Parley itself speaks under that name, and nobody else may.`;
    return { reason: "broken", text, todo: "Its author gives it another name." };
  }
  if (!plugin.parley) {
    const todo = "Its author states what to run in its plugin.json; until then there is nothing of it to call.";
    return { reason: "nothingToRun", text: `${name} has nothing for Parley to run.`, todo };
  }
  if (facts.disabled) {
    return {
      reason: "disabled",
      text: `${name} is disabled.`,
      todo: "Take its name out of the setting parley.plugins.disabled.",
    };
  }
  return facts.more;
}
