import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { Failure } from "../base/failure.ts";

/**
 * The real path of a file of a package. `path` is relative to `root`; after every symbolic link is followed it must
 * still be inside.
 *
 * @throws Failure `notFound` when there is no such file, `denied` when it is outside
 */
export async function containedPath(root: string, path: string): Promise<string> {
  const base = await realpath(root);
  const wanted = resolve(base, path);
  if (!isInside(base, wanted)) throw outside(path);
  let real: string;
  try {
    real = await realpath(wanted);
  } catch {
    throw new Failure("notFound", `"${path}" does not exist in ${root}.`, {
      todo: "Build the plugin, or correct the path in its plugin.json.",
    });
  }
  if (!isInside(base, real)) throw outside(path);
  return real;
}

/** Whether a path is the folder itself or below it. Both absolute; links are not followed. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (!isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`));
}

function outside(path: string): Failure {
  return new Failure("denied", `"${path}" leads out of the plugin's folder.`, {
    todo: "Every path of a package must stay inside it, also after symbolic links.",
  });
}
