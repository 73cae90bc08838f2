import { createHash } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { open, readdir, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { asFailure, Failure } from "../base/failure.ts";
import { identityOf } from "../core/plugins/identity.ts";
import { type InstalledPlugin, type PluginSource, pluginSources } from "../core/plugins/installed.ts";
import { readManifest } from "../core/plugins/manifest.ts";
import type { RunSpec } from "../protocol/manifest.ts";
import { containedPath, isInside } from "./contained.ts";
import { contentHash } from "./contentHash.ts";
import { dataFolderOf } from "./dataFolders.ts";
import { folderStamp } from "./stamp.ts";

/** The most bytes of a `plugin.json`. */
const largestManifest = 1024 * 1024;

/** How many packages one folder may hold. */
const mostPackages = 500;

/** Where packages may be: a folder whose subfolders with a `plugin.json` are packages, or one package itself. */
export interface PackageFolder {
  readonly folder: string;
  readonly source: PluginSource;
  /** The folder is a package, as one that another extension contributes. */
  readonly single?: boolean;
  /** Every package must lie inside this folder once symbolic links are followed. */
  readonly within?: string;
  /** Whether the content of each package becomes part of who it is. */
  readonly hashed?: boolean;
  /** Whether a change of any of its files is told by the package's `stamp`. */
  readonly stamped?: boolean;
  /** The extension that contributes it. */
  readonly extension?: string;
  /** See `InstalledPlugin`. */
  readonly reload?: string;
  /** What is wrong with what names the folder: nothing is read, and this is listed under `name` instead. */
  readonly wrong?: { readonly name: string; readonly problem: string };
}

/**
 * Finds the packages in these folders. None of their code runs. What is wrong with a package is said in its `problem`;
 * a folder that does not exist holds none, and a package that is reached twice is listed once. Of two packages with one
 * name the one from the earlier source is used, of one source the one whose folder comes first; the other is marked as
 * shadowed. A package whose manifest was rejected takes its folder's name from nobody.
 *
 * @param dataFolder has a subfolder for each plugin's data; nothing is made here
 */
export async function findPackages(folders: readonly PackageFolder[], dataFolder: string): Promise<InstalledPlugin[]> {
  const found: InstalledPlugin[] = [];
  for (const place of folders) found.push(...(await packagesIn(place, dataFolder)));
  const rank = (plugin: InstalledPlugin) => pluginSources.indexOf(plugin.source);
  found.sort((a, b) => rank(a) - rank(b));
  const each = await withoutRepeats(found);
  const first = new Map<string, InstalledPlugin>();
  for (const known of [true, false]) {
    for (const plugin of each) {
      if ((plugin.manifest !== undefined) === known && !first.has(plugin.name)) first.set(plugin.name, plugin);
    }
  }
  return each.map((plugin) => {
    const other = first.get(plugin.name);
    return other && other !== plugin ? { ...plugin, shadowedBy: other.root } : plugin;
  });
}

/** A folder that a person named: a package itself where it has a `plugin.json`, else a folder of packages. */
export function packageFolder(folder: string, source: PluginSource): PackageFolder {
  const place = { folder, source, stamped: source === "development" };
  return existsSync(join(folder, "plugin.json")) ? { ...place, single: true } : place;
}

async function packagesIn(place: PackageFolder, dataFolder: string): Promise<InstalledPlugin[]> {
  const { folder, source, single, wrong } = place;
  const listed = (name: string, root: string, problem: string) => rejected({ name, root, source, dataFolder, problem });
  if (wrong) return [withOrigin(listed(wrong.name, folder, wrong.problem), place)];
  const roots = single ? [folder] : await subfolders(folder);
  const found: InstalledPlugin[] = [];
  for (const root of roots.slice(0, mostPackages)) {
    const outside = await outsideProblem(root, place.within);
    const name = basename(root).toLowerCase();
    const plugin =
      outside === undefined
        ? await readPackage(root, source, dataFolder, place.extension)
        : listed(name, root, outside);
    if (plugin) found.push(withOrigin(await withHash(plugin, place), place));
    else if (single) found.push(withOrigin(listed(name, root, "It has no plugin.json."), place));
  }
  if (roots.length > mostPackages) {
    const problem = `${folder} has more than ${mostPackages} folders; the others are not looked at.`;
    found.push(listed(`(${basename(folder)})`, folder, problem));
  }
  return found;
}

function withOrigin(plugin: InstalledPlugin, { extension, reload }: PackageFolder): InstalledPlugin {
  return { ...plugin, ...(extension === undefined ? {} : { extension }), ...(reload === undefined ? {} : { reload }) };
}

async function withHash(plugin: InstalledPlugin, { hashed, stamped }: PackageFolder): Promise<InstalledPlugin> {
  if (stamped) return { ...plugin, stamp: await folderStamp(plugin.root) };
  if (!hashed || !plugin.parley || plugin.problem !== undefined) return plugin;
  try {
    return { ...plugin, contentHash: await contentHash(plugin.root) };
  } catch (error) {
    const { message, todo = "" } = asFailure(error, "Reading the package");
    return { ...plugin, problem: `${message.replace(/\.$/, "")}. ${todo}`.trim() };
  }
}

async function outsideProblem(root: string, within: string | undefined): Promise<string | undefined> {
  if (within === undefined) return undefined;
  try {
    if (isInside(await realpath(within), await realpath(root))) return undefined;
    return `Its folder is a link that leads out of ${within}.`;
  } catch (error) {
    return `Its folder cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`;
  }
}

/** What is reached by two ways, as a folder that is in the settings and the user's own at once, counts the first time. */
async function withoutRepeats(found: readonly InstalledPlugin[]): Promise<InstalledPlugin[]> {
  const seen = new Set<string>();
  const kept: InstalledPlugin[] = [];
  for (const plugin of found) {
    const real = await realpath(plugin.root).catch(() => plugin.root);
    // One extension may have several wrong entries, each listed with the extension's folder.
    const key = JSON.stringify(plugin.manifest ? real : [real, plugin.name]);
    if (!seen.has(key)) kept.push(plugin);
    seen.add(key);
  }
  return kept;
}

function rejected(about: {
  name: string;
  root: string;
  source: PluginSource;
  dataFolder: string;
  problem: string;
}): InstalledPlugin {
  const { name, root, source, dataFolder, problem } = about;
  const nothing = { version: undefined, description: undefined, manifest: undefined, parley: undefined, warnings: [] };
  const home = source === "workspace" ? homeInWorkspace(dataFolder, name, root) : { dataDir: join(dataFolder, name) };
  return { name, source, root, ...home, problem, ...nothing };
}

/**
 * The data folder of a package of a workspace has its name and its place: what is checked out elsewhere under the same name is another
 * plugin. No plugin's name has an `@`.
 */
function homeInWorkspace(dataFolder: string, name: string, root: string): { dataDir: string; place: string } {
  const place = createHash("sha256").update(root).digest("hex").slice(0, 16);
  return { dataDir: join(dataFolder, `${name}@${place}`), place };
}

/** One package, or undefined when the folder has no `plugin.json`. */
async function readPackage(
  root: string,
  source: PluginSource,
  dataFolder: string,
  extension?: string,
): Promise<InstalledPlugin | undefined> {
  const text = await readPlugin(root);
  if (text === undefined) return undefined;
  const wrong = (problem: string) =>
    rejected({ name: basename(root).toLowerCase(), root, source, dataFolder, problem: `${problem}.` });
  if (text instanceof Failure) return wrong(text.message);
  const reading = readManifest(text);
  if ("problem" in reading) return wrong(reading.problem);
  const { manifest, parley, warnings } = reading;
  const { name, version, description } = manifest;
  const home =
    source === "workspace"
      ? homeInWorkspace(dataFolder, name, root)
      : { dataDir: await dataFolderOf(dataFolder, name, identityOf({ name, source, manifest, extension })) };
  const plugin = { name, version, description, source, root, ...home, manifest, warnings };
  if (!parley) return { ...plugin, parley };
  const problem = await pathProblem(root, parley.run);
  const run = expand(parley.run, { PLUGIN_ROOT: root, PLUGIN_DATA: home.dataDir });
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

/**
 * The text of a package's `plugin.json`; undefined when it is not there, a failure when it is no file of the package's, too large, or
 * cannot be read. Also packages that nobody trusts are read: nothing in one may be waited for, and nothing outside it looked at.
 */
async function readPlugin(root: string): Promise<string | Failure | undefined> {
  try {
    const file = await open(await containedPath(root, "plugin.json"), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const about = await file.stat();
      const { size } = about;
      if (!about.isFile()) return new Failure("invalidParams", "plugin.json is no file");
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
    if (error instanceof Failure)
      return error.kind === "notFound" ? undefined : new Failure(error.kind, error.message.replace(/\.$/, ""));
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
