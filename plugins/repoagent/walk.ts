import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import type { Place, Places } from "./places.ts";

/** One thing that a walk met. `depth` counts from 1 below the start; `path` is what a caller sees. */
export type Entry = {
  absolute: string;
  path: string;
  depth: number;
  type: "file" | "directory" | "link";
  size?: number;
};

type Rules = { folder: string; rules: Ignore };

/**
 * Walks below a folder, a whole level before the next, leaving out what the settings' globs and `.gitignore` files hide.
 * Links are reported and not followed. Sizes are asked for only with `sizes`. Folders that cannot be read count as empty.
 */
export async function* walk(
  places: Places,
  start: Place,
  options: { depth: number; sizes?: boolean; signal?: AbortSignal },
): AsyncGenerator<Entry> {
  let level: { folder: string; rules: Rules[] }[] = [{ folder: start.absolute, rules: await rulesAbove(start) }];
  for (let depth = 1; depth <= options.depth && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { folder, rules } of level) {
      options.signal?.throwIfAborted();
      const own = await rulesOf(folder);
      const all = own === undefined ? rules : [...rules, own];
      const items = await readdir(folder, { withFileTypes: true }).catch(() => [] as Dirent[]);
      items.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const item of items) {
        const absolute = join(folder, item.name);
        const inside = relative(start.root.path, absolute).split(sep).join("/");
        if (places.ignored(inside) || hidden(all, absolute, item.isDirectory())) continue;
        const type = item.isDirectory() ? "directory" : item.isSymbolicLink() ? "link" : "file";
        if (type === "directory") next.push({ folder: absolute, rules: all });
        const size =
          options.sizes && type === "file"
            ? await stat(absolute).then(
                (found) => found.size,
                () => undefined,
              )
            : undefined;
        yield {
          absolute,
          path: places.label(start.root, absolute),
          depth,
          type,
          ...(size === undefined ? {} : { size }),
        };
      }
    }
    level = next;
  }
}

function hidden(all: Rules[], absolute: string, directory: boolean): boolean {
  let answer = false;
  for (const { folder, rules } of all) {
    const inside = relative(folder, absolute).split(sep).join("/") + (directory ? "/" : "");
    const result = rules.test(inside);
    if (result.ignored) answer = true;
    else if (result.unignored) answer = false;
  }
  return answer;
}

async function rulesOf(folder: string): Promise<Rules | undefined> {
  const text = await readFile(join(folder, ".gitignore"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : { folder, rules: ignore().add(text) };
}

/** The rules of the folders between the root and the start (the start's own are read when it is walked). */
async function rulesAbove(start: Place): Promise<Rules[]> {
  const parts = relative(start.root.path, start.absolute).split(sep).filter(Boolean);
  const found: Rules[] = [];
  for (let count = 0; count < parts.length; count++) {
    const own = await rulesOf(join(start.root.path, ...parts.slice(0, count)));
    if (own !== undefined) found.push(own);
  }
  return found;
}
