import type { PackageManifest, ParleyManifest } from "../../protocol/manifest.ts";

/** Where a package comes from, the most trusted first; of two with one name the earlier source wins. */
export const pluginSources = ["bundled", "extension", "user", "development", "workspace"] as const;
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
  if (plugin.shadowedBy !== undefined) {
    return {
      reason: "shadowed",
      text: `${name} in ${plugin.root} is not used, because ${plugin.shadowedBy} has the same name and goes first.`,
      todo: "Rename one of the two, or remove it.",
    };
  }
  if (plugin.problem !== undefined) {
    return { reason: "broken", text: `${name} cannot be used: ${plugin.problem}`, todo: "Correct its plugin.json." };
  }
  if (!plugin.parley) return { reason: "nothingToRun", text: `${name} has nothing for Parley to run.` };
  if (facts.disabled) {
    return { reason: "disabled", text: `${name} is disabled.`, todo: "Enable it in the plugin list." };
  }
  return facts.more;
}
