import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { join, parse } from "node:path";
import type { LaunchSpec } from "../../core/ports.ts";
import { workspaceName } from "../../protocol/workspaceName.ts";
import { isInside } from "../contained.ts";
import { linksOn } from "./links.ts";

/** What a process may reach. Absolute paths that exist, each also where its links lead; none stands in both lists. */
export interface Reach {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly network: boolean;
  readonly processes: boolean;
}

/**
 * What a sandboxed process may reach: its package, the runtime, the SDK and the host's tools to read, its data and its run's
 * folder to write, and what its manifest wishes. Make the two folders before; what does not exist is left out.
 *
 * @param runtime what the interpreter and the SDK need to read
 */
export async function reachOf(spec: LaunchSpec, runDir: string, runtime: readonly string[]): Promise<Reach> {
  const { reads = [], writes = [], processes = false } = spec.run.sandbox ?? {};
  // A debugger comes in by the network.
  const network = spec.run.sandbox?.network === true || spec.inspect !== undefined;
  const { workspace = [], tools = [] } = spec.sandbox ?? {};
  const wished = async (wishes: readonly string[]) => {
    const paths = wishes.flatMap((wish) => placesOf(wish, workspace).map((path) => ({ wish, path })));
    return await Promise.all(
      paths.map(async ({ wish, path }) => {
        const found = await existing([path]);
        return wish.startsWith(workspaceName) ? await insideOf(workspace, found) : found;
      }),
    );
  };
  const [own, toWrite, toRead] = [await existing([spec.dataDir, runDir]), await wished(writes), await wished(reads)];
  const couldMake = [...own, ...toWrite.flat()];
  const writable = [...own, ...(await withoutOwnLinks(toWrite, couldMake))];
  const runs = await existing([spec.root, ...runtime, ...tools]);
  const readable = [...runs, ...(await withoutOwnLinks(toRead, couldMake))];
  const all = [...writable, ...readable];
  // A link that is seen anyway with the folder that it is in cannot be put there again.
  const seen = ({ path, real }: Place) =>
    path !== real && all.some((other) => other.path !== path && isInside(other.real, path));
  const pathsOf = (places: readonly Place[]) => [
    ...new Set(places.filter((place) => !seen(place)).map(({ path }) => path)),
  ];
  const mayWrite = pathsOf(writable);
  return { reads: pathsOf(readable).filter((path) => !mayWrite.includes(path)), writes: mayWrite, network, processes };
}

/** The paths that a wish of a manifest stands for; `${workspace}` may be several folders, or none. */
export function placesOf(wish: string, workspace: readonly string[]): string[] {
  if (wish.startsWith(workspaceName)) return workspace.map((folder) => join(folder, wish.slice(workspaceName.length)));
  return [wish.startsWith("~/") ? join(homedir(), wish.slice(2)) : wish];
}

/** Without those that a link in the workspace leads out of it: the person was told of a place in the workspace. */
async function insideOf(folders: readonly string[], places: readonly Place[]): Promise<Place[]> {
  const real = await existing(folders);
  return places.filter((place) => real.some((folder) => isInside(folder.real, place.real)));
}

/**
 * The places of each wish, without those to which a link leads that stands in a folder that the plugin may write, unless they are
 * in that folder too: it may have made the link itself since the person read the wish.
 */
async function withoutOwnLinks(wished: readonly Place[][], writable: readonly Place[]): Promise<Place[]> {
  const kept = await Promise.all(
    wished.map(async (places) => {
      const [{ path, real } = { path: "", real: "" }] = places;
      const links = places.length < 2 ? [] : await linksOn(path);
      const made = ({ real: folder }: Place) =>
        links.some((link) => link !== folder && isInside(folder, link)) && !isInside(folder, real);
      return writable.some(made) ? [] : places;
    }),
  );
  return kept.flat();
}

/** A path that exists, and where its links lead. */
interface Place {
  readonly path: string;
  readonly real: string;
}

async function existing(paths: readonly string[]): Promise<Place[]> {
  const found: Place[] = [];
  for (const path of paths) {
    const real = await realpath(path).catch(() => undefined);
    // The whole disk is nothing that a sandbox can hold back.
    if (real === undefined || real === parse(real).root) continue;
    found.push({ path, real });
    if (real !== path) found.push({ path: real, real });
  }
  return found;
}
