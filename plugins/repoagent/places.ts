import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import picomatch from "picomatch";
import { fileProblem, Problem, systemCode } from "./problem.ts";
import type { Settings } from "./settings.ts";

/** A folder that the tools may touch: its real path, and the name that paths in it begin with where there are several. */
export type Root = { name: string; path: string };

/** A checked place: inside a root after symlinks, and not ignored. `path` is what a caller sees, with `/`. */
export type Place = { root: Root; absolute: string; path: string };

/** Answers which places the tools may touch. Every path that a caller names goes through here first. */
export type Places = {
  roots: Root[];
  /** The root that relative paths start from. Throws a problem where no folder is open. */
  home(): Root;
  /**
   * The place that a caller's path names; it need not exist. Relative paths start at `home()`, or at the root whose name they
   * begin with. Throws a problem where it leads outside every root (also through a symlink), or is ignored.
   */
  locate(path: string, from?: Place): Promise<Place>;
  /** As `locate`, and throws where it may not be written: inside `.git`, or a root itself. */
  locateForWriting(path: string, from?: Place): Promise<Place>;
  /** Whether the globs hide a path relative to its root. */
  ignored(relativePath: string): boolean;
  /** What a caller sees for an absolute path inside a root. */
  label(root: Root, absolute: string): string;
};

/** Makes the places for workspace folders and settings. Folders that do not exist are left out. */
export async function createPlaces(folders: { name: string; path: string }[], settings: Settings): Promise<Places> {
  const roots: Root[] = [];
  const named = [
    ...(settings.defaultRoot && isAbsolute(settings.defaultRoot)
      ? [{ name: basename(settings.defaultRoot), path: settings.defaultRoot }]
      : []),
    ...folders,
    ...settings.workspaceRoots.filter((path) => isAbsolute(path)).map((path) => ({ name: basename(path), path })),
  ];
  for (const { name, path } of named) {
    const real = await realpath(path).catch(() => undefined);
    if (real !== undefined && !roots.some((root) => root.path === real)) roots.push({ name, path: real });
  }
  const base = settings.defaultRoot && !isAbsolute(settings.defaultRoot) ? settings.defaultRoot : ".";
  const matchers = settings.ignoreGlobs.map((glob) =>
    picomatch(glob.replace(/\/\*\*$/, ""), { dot: true, nocase: process.platform !== "linux" }),
  );

  const ignored = (relativePath: string): boolean => {
    const parts = relativePath.split("/").filter((part) => part !== "" && part !== ".");
    return parts.some((_, index) => {
      const head = parts.slice(0, index + 1).join("/");
      return matchers.some((matches) => matches(head));
    });
  };

  const label = (root: Root, absolute: string): string => {
    const inside = relative(root.path, absolute).split(sep).join("/");
    if (roots.length === 1) return inside === "" ? "." : inside;
    return inside === "" ? root.name : `${root.name}/${inside}`;
  };

  const home = (): Root => {
    const first = roots[0];
    if (first === undefined)
      throw new Problem("unavailable", "No folder is open. Open a folder in VS Code and try again.");
    return first;
  };

  const locate = async (path: string, from?: Place): Promise<Place> => {
    if (path.includes("\0")) throw new Problem("invalidParams", "The path contains a NUL character.");
    const target = await realTarget(absoluteOf(path, from), path);
    const root = roots
      .filter((candidate) => within(candidate.path, target))
      .sort((a, b) => b.path.length - a.path.length)[0];
    if (root === undefined) {
      throw new Problem(
        "denied",
        `${path} is outside the open folders (${roots.map((item) => item.name).join(", ")}). Name a path inside them.`,
      );
    }
    const inside = relative(root.path, target).split(sep).join("/");
    if (ignored(inside)) {
      throw new Problem(
        "denied",
        `${path} is hidden by the setting repoagent.ignoreGlobs. Change that setting if it should be reachable.`,
      );
    }
    return { root, absolute: target, path: label(root, target) };
  };

  const absoluteOf = (path: string, from: Place | undefined): string => {
    if (isAbsolute(path)) return path;
    if (from !== undefined) return resolve(from.absolute, path);
    const first = path.split(/[\\/]/)[0];
    const named = roots.length > 1 ? roots.find((root) => root.name === first) : undefined;
    return named === undefined
      ? resolve(home().path, base, path)
      : resolve(named.path, path.slice((first ?? "").length + 1));
  };

  const locateForWriting = async (path: string, from?: Place): Promise<Place> => {
    const place = await locate(path, from);
    const parts = place.absolute.slice(place.root.path.length).split(sep);
    if (parts.some((part) => part.toLowerCase() === ".git")) {
      throw new Problem("denied", `${path} is inside .git, which file tools never write.`);
    }
    if (place.absolute === place.root.path)
      throw new Problem("invalidParams", `${path} is the folder itself. Name a file in it.`);
    return place;
  };

  return { roots, home, locate, locateForWriting, ignored, label };
}

function within(root: string, target: string): boolean {
  const inside = relative(root, target);
  return inside === "" || (!inside.startsWith(`..${sep}`) && inside !== ".." && !isAbsolute(inside));
}

/** The real path of a target that may not exist yet: symlinks of the part that exists are followed. */
async function realTarget(absolute: string, named: string): Promise<string> {
  try {
    return await realpath(absolute);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw fileProblem(error, `reach ${named}`);
  }
  const dangling = await lstat(absolute).then(
    () => true,
    () => false,
  );
  if (dangling) throw new Problem("denied", `${named} is a symbolic link that leads nowhere.`);
  const parent = dirname(absolute);
  if (parent === absolute) return absolute;
  return join(await realTarget(parent, named), basename(absolute));
}
