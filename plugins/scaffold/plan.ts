import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkName, checkPath } from "./names.ts";
import { Problem } from "./problem.ts";

export const languages = ["typescript", "python"] as const;
export type Language = (typeof languages)[number];

/** A text file of a plugin; the path is relative, with `/`. */
export interface PluginFile {
  readonly path: string;
  readonly content: string;
}

/** What a new plugin is to be. With `files` its program is theirs, without them it is the template's. */
export interface Wish {
  readonly name: string;
  readonly language: Language;
  readonly description?: string;
  readonly files?: readonly PluginFile[];
}

/** What the template has for every plugin; the rest of it is the sample program. */
const always = /^(?:\.gitignore|\.parley-sdk\/.*|\.vscode\/.*|README\.md|package\.json|tsconfig\.json)$/;

/**
 * All files of a new plugin, by path. Fails with `invalidParams` for a name, a path or files that cannot be a plugin.
 *
 * @param templates the folder with a subfolder for each language
 */
export function planPlugin(wish: Wish, templates: string): Map<string, string> {
  checkName(wish.name);
  const files = new Map(fromTemplate(wish, join(templates, wish.language)));
  if (!wish.files || wish.files.length === 0) return files;
  for (const path of files.keys()) if (!always.test(path)) files.delete(path);
  for (const { path, content } of wish.files) {
    checkPath(path);
    files.set(path, content);
  }
  checkManifest(wish.name, files);
  return files;
}

function* fromTemplate({ name, language, description }: Wish, folder: string): Iterable<[string, string]> {
  if (!existsSync(folder)) throw new Problem("invalidParams", `There is no template for "${language}".`);
  const text = description?.trim() || `The plugin ${name}.`;
  const values: Record<string, string> = { name, text, description: JSON.stringify(text) };
  for (const file of readdirSync(folder)) {
    const template = readFileSync(join(folder, file), "utf8");
    yield [pathOf(file), template.replaceAll(/\{\{(\w+)\}\}/g, (whole, key: string) => values[key] ?? whole)];
  }
}

/** `vscode.launch.json.template` is `.vscode/launch.json`, so that neither git nor an editor takes the template for the real thing. */
function pathOf(file: string): string {
  return file
    .replace(/\.template$/, "")
    .replace(/^gitignore$/, ".gitignore")
    .replace(/^fallback\.(\w+)\./, ".parley-sdk/fallback/$1/")
    .replace(/^vscode\./, ".vscode/");
}

/** What Parley itself would only say after the files were written; the rest it says then. */
export function checkManifest(name: string, files: ReadonlyMap<string, string>): void {
  const text = files.get("plugin.json");
  if (text === undefined)
    throw new Problem(
      "invalidParams",
      "The files have no plugin.json. Give it with the program; plugin_guide shows one.",
    );
  let manifest: { name?: unknown; extensions?: Record<string, { run?: { entry?: unknown } }> };
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw new Problem("invalidParams", `plugin.json is no JSON: ${(error as Error).message}`);
  }
  if (manifest?.name !== name)
    throw new Problem("invalidParams", `plugin.json says the name ${JSON.stringify(manifest?.name)}, not "${name}".`);
  const entry = manifest.extensions?.["dev.parley"]?.run?.entry;
  if (typeof entry === "string" && !files.has(entry.replace(/^\.\//, "")))
    throw new Problem("invalidParams", `plugin.json runs "${entry}", which is not among the files.`);
}
