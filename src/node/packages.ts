import { existsSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { Failure } from "../base/failure.ts";
import { type InstalledPlugin, type PluginSource, pluginSources } from "../core/plugins/installed.ts";
import { readManifest } from "../core/plugins/manifest.ts";
import type { RunSpec } from "../protocol/manifest.ts";
import { containedPath } from "./contained.ts";

/** The most bytes of a `plugin.json`. */
const largestManifest = 1024 * 1024;

/** Where packages may be: a folder whose subfolders with a `plugin.json` are packages, or one package itself. */
export interface PackageFolder {
  readonly folder: string;
  readonly source: PluginSource;
  /** The folder is a package, as one that another extension contributes. */
  readonly single?: boolean;
}

/**
 * Finds the packages in these folders. None of their code runs. What is wrong with a package is said in its `problem`;
 * a folder that does not exist holds none. Of two packages with one name the one from the earlier source is used, of
 * one source the one whose folder comes first; the other is marked as shadowed.
 *
 * @param dataFolder has a subfolder for each plugin's data; nothing is made here
 */
export async function findPackages(folders: readonly PackageFolder[], dataFolder: string): Promise<InstalledPlugin[]> {
  const found: InstalledPlugin[] = [];
  for (const { folder, source, single } of folders) {
    const roots = single ? [folder] : await subfolders(folder);
    for (const root of roots) {
      const plugin = await readPackage(root, source, dataFolder);
      if (plugin) found.push(plugin);
    }
  }
  const rank = (plugin: InstalledPlugin) => pluginSources.indexOf(plugin.source);
  found.sort((a, b) => rank(a) - rank(b));
  const first = new Map<string, InstalledPlugin>();
  return found.map((plugin) => {
    const other = first.get(plugin.name);
    if (other) return { ...plugin, shadowedBy: other.root };
    first.set(plugin.name, plugin);
    return plugin;
  });
}

/** A folder that a person named: a package itself where it has a `plugin.json`, else a folder of packages. */
export function packageFolder(folder: string, source: PluginSource): PackageFolder {
  return existsSync(join(folder, "plugin.json")) ? { folder, source, single: true } : { folder, source };
}

/** One package, or undefined when the folder has no `plugin.json`. */
export async function readPackage(
  root: string,
  source: PluginSource,
  dataFolder: string,
): Promise<InstalledPlugin | undefined> {
  const text = await readBounded(join(root, "plugin.json"));
  if (text === undefined) return undefined;
  const folderName = basename(root).toLowerCase();
  const rejected = (problem: string): InstalledPlugin => ({
    name: folderName,
    version: undefined,
    description: undefined,
    source,
    root,
    dataDir: join(dataFolder, folderName),
    manifest: undefined,
    parley: undefined,
    problem: `${problem}.`,
    warnings: [],
  });
  if (text instanceof Failure) return rejected(text.message);
  const reading = readManifest(text);
  if ("problem" in reading) return rejected(reading.problem);
  const { manifest, parley, warnings } = reading;
  const { name, version, description } = manifest;
  const dataDir = join(dataFolder, name);
  const plugin = { name, version, description, source, root, dataDir, manifest, warnings };
  if (!parley) return { ...plugin, parley };
  const problem = await pathProblem(root, parley.run);
  const run = expand(parley.run, { PLUGIN_ROOT: root, PLUGIN_DATA: dataDir });
  return { ...plugin, parley: { ...parley, run }, problem };
}

async function subfolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."))
      .map((entry) => join(folder, entry.name))
      .sort();
  } catch {
    return [];
  }
}

/** The text of a file; undefined when it is not there, a failure when it is too large or cannot be read. */
async function readBounded(path: string): Promise<string | Failure | undefined> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      if (size > largestManifest) {
        return new Failure(
          "tooLarge",
          `plugin.json has ${size} bytes, more than the ${largestManifest} that are allowed`,
        );
      }
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return new Failure("unavailable", `plugin.json cannot be read (${code ?? String(error)})`);
  }
}

/** What is wrong with the path that is run, once symbolic links are followed. */
async function pathProblem(root: string, run: RunSpec): Promise<string | undefined> {
  const path = run.runtime === "command" ? run.command : run.entry;
  if (run.runtime === "command" && !path.startsWith("./")) return undefined;
  try {
    await containedPath(root, path);
    return undefined;
  } catch (error) {
    return error instanceof Failure ? error.message : String(error);
  }
}

/** Puts the two paths into `args` and the values of `env`, once: what they expand to is not expanded again. */
function expand(run: RunSpec, paths: Record<"PLUGIN_ROOT" | "PLUGIN_DATA", string>): RunSpec {
  const filled = (text: string) =>
    text.replace(/\$\{(PLUGIN_ROOT|PLUGIN_DATA)\}/g, (_, name: keyof typeof paths) => paths[name]);
  const args = run.args?.map(filled);
  const env = run.env && Object.fromEntries(Object.entries(run.env).map(([name, value]) => [name, filled(value)]));
  return { ...run, ...(args ? { args } : {}), ...(env ? { env } : {}) };
}
