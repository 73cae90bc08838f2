import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Failure } from "../base/failure.ts";
import type { Contribution } from "../core/plugins/contribution.ts";
import { containedPath } from "./contained.ts";
import type { PackageFolder } from "./packages.ts";

const point = "contributes.parleyPlugins";

/** How many packages one extension may contribute. */
const mostEntries = 100;

/**
 * Where the packages are that other extensions contribute. An entry is a path that begins with `./` and stays inside its
 * extension after symbolic links; any other one is listed with what is wrong with it, and the others count.
 */
export async function contributedFolders(contributions: readonly Contribution[]): Promise<PackageFolder[]> {
  const sorted = [...contributions].sort((a, b) => (a.id < b.id ? -1 : 1));
  return (await Promise.all(sorted.map(foldersOf))).flat();
}

async function foldersOf({ id, version, folder, entries }: Contribution): Promise<PackageFolder[]> {
  const place = { folder: folder ?? id, source: "extension", single: true, extension: id } as const;
  const wrong = (name: string, problem: string): PackageFolder => ({ ...place, wrong: { name, problem } });
  if (folder === undefined) return [wrong(id, `The extension ${id} is not on the machine where Parley runs.`)];
  if (!Array.isArray(entries)) return [wrong(id, `${point} of ${id} is not a list of paths.`)];
  const newer = await newerOnDisk(folder, id, version);
  const reload =
    newer && `Version ${newer} of ${id} is installed and ${version} is still in use. Reload the window to update.`;
  const folders = entries.slice(0, mostEntries).map(async (entry: unknown, index): Promise<PackageFolder> => {
    const name = `${id} #${index + 1}`;
    const said = JSON.stringify(entry)?.slice(0, 200);
    if (typeof entry !== "string" || !entry.startsWith("./")) {
      return wrong(name, `Entry ${index + 1} of ${point}, ${said}, is not a path that begins with "./".`);
    }
    try {
      return { ...place, folder: await containedPath(folder, entry), ...(reload && { reload }) };
    } catch (error) {
      const outside = error instanceof Failure && error.kind === "denied";
      const what = outside ? "leads out of the extension's folder" : "does not exist in the extension";
      return wrong(name, `Entry ${index + 1} of ${point}, ${said}, ${what}.`);
    }
  });
  if (entries.length > mostEntries) {
    const problem = `${point} has ${entries.length} entries; only the first ${mostEntries} are used.`;
    return [...(await Promise.all(folders)), wrong(id, problem)];
  }
  return Promise.all(folders);
}

/**
 * The version of an extension that is on disk and not in use yet: VS Code tells nobody of an update, and keeps the old
 * folder until it is loaded anew. Undefined where there is none.
 */
async function newerOnDisk(folder: string, id: string, version: string): Promise<string | undefined> {
  const own = await versionIn(folder, id);
  if (own !== undefined && own !== version) return own;
  const beside = await readdir(dirname(folder)).catch(() => []);
  const candidates = beside.filter(
    (name) => name !== basename(folder) && (name.toLowerCase() === id || name.toLowerCase().startsWith(`${id}-`)),
  );
  const versions = await Promise.all(candidates.map((name) => versionIn(join(dirname(folder), name), id)));
  return versions.filter((one) => one !== undefined).find((one) => isNewer(one, version));
}

async function versionIn(folder: string, id: string): Promise<string | undefined> {
  try {
    const found = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
    const same = `${found.publisher}.${found.name}`.toLowerCase() === id;
    return same && typeof found.version === "string" ? found.version : undefined;
  } catch {
    return undefined;
  }
}

/** By the three numbers of a version; what comes after them does not count. */
function isNewer(one: string, other: string): boolean {
  const numbers = (version: string) => /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [0, 0, 0];
  const [a, b] = [numbers(one), numbers(other)];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}
