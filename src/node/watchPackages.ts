import { existsSync, type FSWatcher, readdirSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Disposable } from "../base/dispose.ts";
import { isOwnFile } from "./stamp.ts";

/** How many folders are watched at most. */
const mostWatched = 500;

/** After this time a change is taken for granted where a folder cannot be watched, because the system watches no more of them, say. */
export const unwatchedMs = 15_000;

/**
 * Tells when a package may have come, gone or changed. Watch first and read then, so that no change falls
 * between the two; after a change watch anew, for folders that came meanwhile.
 *
 * @param places `packages` are packages or folders that hold some, and are waited for where they do not exist;
 * `parents` only matter for what comes and goes in them
 * @param onChange called for each change, often several times for one; the caller waits for them to end
 * @param begin what watches a folder
 */
export function watchPackages(
  { packages, parents }: { packages: readonly string[]; parents: readonly string[] },
  onChange: () => void,
  clock: Clock,
  begin: typeof watch = watch,
): Disposable {
  let timer: Disposable | undefined;
  const unwatched = () => {
    timer ??= clock.after(unwatchedMs, onChange);
  };
  const watchers: FSWatcher[] = [];
  const follow = (folder: string, counts: (event: string, name: string | null) => boolean) => {
    if (watchers.length >= mostWatched) return unwatched();
    try {
      const watcher = begin(folder, { persistent: false }, (event, name) => {
        if (counts(event, name)) onChange();
      });
      // A folder that is removed ends its watcher, on Windows with an error.
      watcher.on("error", onChange);
      watchers.push(watcher);
    } catch (error) {
      // One that is gone since it was listed is told by the folder above it.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") unwatched();
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
      timer?.dispose();
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
