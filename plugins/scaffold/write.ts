import { cp, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { checkPath } from "./names.ts";
import { checkManifest, type Language, type PluginFile } from "./plan.ts";
import { Problem } from "./problem.ts";

/** Where a plugin has its copy of the SDK. */
const sdkFolder = ".parley-sdk";

/**
 * Makes the plugin's folder with all of its files, or nothing. Fails with `conflict` where there is something of that name.
 *
 * @param sdk the folder of Parley's SDKs, of which a copy is put beside the program for its tests and for editors
 */
export async function makePlugin(
  folder: string,
  files: ReadonlyMap<string, string>,
  language: Language,
  sdk: string,
): Promise<void> {
  if (await stat(folder).catch(() => undefined))
    throw new Problem("conflict", `${folder} exists already. Choose another name, or change the plugin that is there.`);
  await mkdir(dirname(folder), { recursive: true });
  const made = await mkdtemp(join(dirname(folder), ".new-"));
  try {
    for (const [path, content] of files) await put(join(made, path), content);
    await copySdk(sdk, made, language);
    // In one step, so that whoever watches the folder never sees half a plugin.
    await rename(made, folder);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
}

/** Replaces and adds files of a plugin, and takes away those whose content is missing: all of them, or none. */
export async function changePlugin(
  folder: string,
  name: string,
  files: readonly (Omit<PluginFile, "content"> & { content?: string })[],
): Promise<void> {
  const manifest = await readFile(join(folder, "plugin.json"), "utf8").catch(() => undefined);
  if (manifest === undefined)
    throw new Problem("notFound", `There is no plugin in ${folder}. create_plugin makes a new one.`);
  for (const { path } of files) {
    checkPath(path);
    await checkPlace(folder, path);
  }
  const next = files.find(({ path }) => path === "plugin.json");
  if (next && next.content === undefined)
    throw new Problem("invalidParams", "A plugin without its plugin.json is none; remove the folder instead.");
  if (next?.content !== undefined) await checkWhole(folder, name, files);
  const earlier = new Map<string, Buffer | undefined>();
  try {
    for (const { path, content } of files) {
      const at = join(folder, path);
      earlier.set(at, await readFile(at).catch(() => undefined));
      if (content === undefined) await rm(at, { force: true });
      else await put(at, content);
    }
  } catch (error) {
    for (const [at, content] of earlier) await (content ? writeFile(at, content) : rm(at, { force: true }));
    throw error;
  }
}

/** A link among the plugin's folders must not lead a file out of it. */
async function checkPlace(folder: string, path: string): Promise<void> {
  const root = await realpath(folder);
  for (let at = join(folder, path); at.length > folder.length; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined && real !== root && !real.startsWith(root + sep))
      throw new Problem("invalidParams", `The path "${path}" leads out of the plugin's folder through a link.`);
  }
}

/** The new manifest against what will be there with it. */
async function checkWhole(folder: string, name: string, files: readonly { path: string; content?: string }[]) {
  const there = new Map(files.flatMap(({ path, content }) => (content === undefined ? [] : [[path, content]])));
  const entry = entryOf(there.get("plugin.json") ?? "");
  if (entry && !there.has(entry) && (await stat(join(folder, entry)).catch(() => undefined))) there.set(entry, "");
  checkManifest(name, there);
}

function entryOf(manifest: string): string | undefined {
  try {
    const entry: unknown = JSON.parse(manifest)?.extensions?.["dev.parley"]?.run?.entry;
    return typeof entry === "string" ? entry.replace(/^\.\//, "") : undefined;
  } catch {
    return undefined;
  }
}

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.new`;
  await writeFile(beside, content);
  await rename(beside, path);
}

/** Puts the SDK beside the program, and where Node looks for it, as `npm install` would with what package.json says. */
async function copySdk(sdk: string, folder: string, language: Language): Promise<void> {
  const copy = join(folder, sdkFolder);
  const wanted = (path: string) => !path.endsWith("__pycache__");
  if (language === "python") return await cp(join(sdk, "python"), copy, { recursive: true, filter: wanted });
  const python = join(sdk, "python");
  await cp(sdk, copy, { recursive: true, filter: (path) => wanted(path) && path !== python });
  const link = join(folder, "node_modules", "@parley", "sdk");
  await mkdir(dirname(link), { recursive: true });
  await symlink(join("..", "..", sdkFolder), link, "dir").catch(async () => await cp(copy, link, { recursive: true }));
}
