import { locateExisting } from "./find.ts";
import type { Places } from "./places.ts";
import { walk } from "./walk.ts";

export type TreeInput = { path?: string; depth?: number; limit?: number };
export type TreeOutput = {
  path: string;
  entries: { path: string; type: "file" | "directory" | "link"; size?: number }[];
  truncated: boolean;
};

/**
 * Lists what is below a folder, `depth` levels deep (2), in the order of paths. With more than `limit` entries (500) the
 * deepest are left out and `truncated` is true.
 */
export async function listTree(
  places: Places,
  input: TreeInput,
  maxFiles: number,
  signal?: AbortSignal,
): Promise<TreeOutput> {
  const start = await locateExisting(places, input.path || ".", "directory", maxFiles, signal);
  const limit = input.limit ?? 500;
  const entries: TreeOutput["entries"] = [];
  let truncated = false;
  for await (const entry of walk(places, start, { depth: input.depth ?? 2, sizes: true, signal })) {
    if (entries.length >= limit) {
      truncated = true;
      break;
    }
    entries.push({ path: entry.path, type: entry.type, ...(entry.size === undefined ? {} : { size: entry.size }) });
  }
  entries.sort((a, b) => comparePaths(a.path, b.path));
  return { path: start.path, entries, truncated };
}

/** Orders paths segment by segment, so that a folder is followed by what is in it. */
function comparePaths(a: string, b: string): number {
  const left = a.split("/");
  const right = b.split("/");
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    if (left[index] !== right[index]) return (left[index] as string) < (right[index] as string) ? -1 : 1;
  }
  return left.length - right.length;
}
