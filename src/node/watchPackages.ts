import { existsSync, type FSWatcher, readdirSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Disposable } from "../base/dispose.ts";
import { isOwnFile } from "./stamp.ts";

/** How many folders are watched at most; what lies in others is seen at the next look. */
const mostWatched = 500;

/**
 * Tells when a package may have come, gone or changed. Watch first and read then, so that no change falls
 * between the two; after a change watch anew, for folders that came meanwhile.
 *
 * @param places `packages` are packages or folders that hold some, and are waited for where they do not exist;
 * `parents` only matter for what comes and goes in them
 * @param onChange called for each change, often several times for one; the caller waits for them to end
 */
export function watchPackages(
  { packages, parents }: { packages: readonly string[]; parents: readonly string[] },
  onChange: () => void,
): Disposable {
  const watchers: FSWatcher[] = [];
  const follow = (folder: string, counts: (event: string, name: string | null) => boolean) => {
    if (watchers.length >= mostWatched) return;
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) => {
        if (counts(event, name)) onChange();
      });
      // A folder that is removed ends its watcher, on Windows with an error.
      watcher.on("error", onChange);
      watchers.push(watcher);
    } catch {
      // Gone since it was listed, or the system watches no more folders: it is seen at the next look.
    }
  };
  // What a package is made of may be any of its files: whoever develops one sees it run anew.
  const counts = (_event: string, name: string | null) => name === null || isOwnFile(name);
  for (const folder of packages) {
    if (!existsSync(folder)) {
      const [parent, name] = nearest(folder);
      follow(parent, (_, changed) => changed === null || changed === name);
      continue;
    }
    follow(folder, counts);
    for (const name of subfolders(folder)) follow(join(folder, name), counts);
  }
  for (const folder of parents) follow(folder, (event) => event === "rename");
  return {
    dispose() {
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** The nearest folder above that exists, and the name in it whose coming is waited for. */
function nearest(folder: string): [parent: string, name: string] {
  const parent = dirname(folder);
  return existsSync(parent) || parent === folder ? [parent, basename(folder)] : nearest(parent);
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."))
      .filter(({ name }) => isOwnFile(name))
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
