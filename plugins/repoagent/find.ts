import { stat } from "node:fs/promises";
import type { Place, Places } from "./places.ts";
import { fileProblem, Problem, systemCode } from "./problem.ts";
import { walk } from "./walk.ts";

/**
 * The existing file or folder that a caller means. A path that does not exist is looked for by its ending: with exactly
 * one match that one is taken (`parser.ts` for `src/parser.ts`), with several the problem lists them, with none it lists near names.
 */
export async function locateExisting(
  places: Places,
  path: string,
  kind: "file" | "directory",
  maxFiles: number,
  signal?: AbortSignal,
): Promise<Place> {
  const place = await places.locate(path);
  const found = await stat(place.absolute).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    throw fileProblem(error, `read ${path}`);
  });
  if (found !== undefined) {
    if (kind === "file" && found.isDirectory())
      throw new Problem("invalidParams", `${path} is a folder, not a file. List it with repo.tree.`);
    if (kind === "directory" && !found.isDirectory())
      throw new Problem("invalidParams", `${path} is a file, not a folder. Read it with repo.file.read.`);
    if (kind === "file" && !found.isFile()) throw new Problem("invalidParams", `${path} is not a regular file.`);
    return place;
  }
  const wanted = path
    .replaceAll("\\", "/")
    .replace(/^\.?\/+|\/+$/g, "")
    .toLowerCase();
  const exact: string[] = [];
  const loose: string[] = [];
  const near: string[] = [];
  let seen = 0;
  for await (const entry of walk(
    places,
    { root: place.root, absolute: place.root.path, path: "." },
    { depth: 20, signal },
  )) {
    if (++seen > maxFiles) break;
    if (entry.type !== kind) continue;
    const candidate = entry.path.toLowerCase();
    if (candidate === wanted || candidate.endsWith(`/${wanted}`)) exact.push(entry.path);
    else if (withoutExtension(candidate) === wanted || withoutExtension(candidate).endsWith(`/${wanted}`))
      loose.push(entry.path);
    else if (candidate.slice(candidate.lastIndexOf("/") + 1).includes(wanted.slice(wanted.lastIndexOf("/") + 1)))
      near.push(entry.path);
  }
  const matches = exact.length > 0 ? exact : loose;
  if (matches.length === 1) return places.locate(matches[0] as string);
  const word = kind === "file" ? "file" : "folder";
  if (matches.length > 1) {
    throw new Problem(
      "notFound",
      `${path} is no ${word} of its own, and several end like it: ${few(matches)}. Name one of them in full.`,
    );
  }
  throw new Problem("notFound", `There is no ${word} ${path}.${near.length > 0 ? ` Near: ${few(near)}.` : ""}`);
}

const withoutExtension = (path: string): string => path.replace(/\.[^./]+$/, "");

const few = (paths: string[]): string => (paths.length > 8 ? `${paths.slice(0, 8).join(", ")} …` : paths.join(", "));
