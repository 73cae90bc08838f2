import { lstat, readlink } from "node:fs/promises";
import { dirname, isAbsolute, join, parse, sep } from "node:path";

/** As many links as a system follows in one path. */
const mostLinks = 40;

/**
 * Where the links stand that an absolute path leads over, each by the real path of its folder and its own name. A path that leads
 * nowhere, or in a circle, gives those on the way.
 */
export async function linksOn(path: string): Promise<string[]> {
  const links: string[] = [];
  let at = parse(path).root;
  let left = partsOf(path);
  for (let name = left.shift(); name !== undefined && links.length < mostLinks; name = left.shift()) {
    if (name === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const target = await targetOf(next);
    if (target === undefined) {
      at = next;
      continue;
    }
    links.push(next);
    if (isAbsolute(target)) at = parse(target).root;
    left = [...partsOf(target), ...left];
  }
  return links;
}

function partsOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep === "\\" ? /[\\/]/ : "/")
    .filter((part) => part !== "" && part !== ".");
}

/** What a link says; undefined where there is none. */
async function targetOf(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch {
    return undefined;
  }
}
