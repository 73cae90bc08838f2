import type { InstalledPlugin } from "./installed.ts";

/** As much of a publisher's name is part of an identity, which has room for 256 characters with a content hash. */
const publisherLength = 100;

/**
 * Whose a package is: source, publisher and name, for example `bundled/parley-dev/hello`. It stays the same over
 * versions, and is never that of a package of the same name from elsewhere. Who contributes a package is known by the
 * extension's id, and not by what the package says of its author.
 */
export function identityOf({
  name,
  source,
  manifest,
  extension,
}: Pick<InstalledPlugin, "name" | "source" | "manifest" | "extension">): string {
  const publisher = (extension ?? manifest?.author?.name ?? "").slice(0, publisherLength);
  return `${source}/${publisher}/${name}`;
}

/**
 * Finds by its name whose it is what a plugin leaves (`PluginHome.owner`). Each package is looked at once: it is on the
 * path of calls.
 */
export function ownersOf(
  installed: (name: string) => InstalledPlugin | undefined,
): (name: string) => string | undefined {
  const known = new WeakMap<InstalledPlugin, string>();
  return (name) => {
    const plugin = installed(name);
    if (!plugin) return undefined;
    let owner = known.get(plugin);
    if (owner === undefined) {
      owner = homeOf(plugin).owner;
      known.set(plugin, owner);
    }
    return owner;
  };
}

/**
 * What a grant is tied to: the identity, and for what comes with a workspace also its content, since what stands there is whatever was
 * checked out last.
 */
export function grantKeyOf(
  plugin: Pick<InstalledPlugin, "name" | "source" | "manifest" | "extension" | "contentHash">,
): string {
  const { contentHash } = plugin;
  return `${identityOf(plugin)}${contentHash === undefined ? "" : `#${contentHash}`}`;
}

/** Where a package keeps what is its own, and what its rights are tied to. */
export interface PluginHome {
  /** The key of its grants. */
  readonly grant: string;
  /** Whose state it is. */
  readonly owner: string;
  /** Whose state it takes over, the first time, where nobody else has: what was kept before owners were told apart as they are now. */
  readonly adopts: string;
  /** Its data folder, absolute. */
  readonly dataDir: string;
}

/**
 * The home of a package: by its identity, and for what comes with a workspace also by where it stands, since anybody can check out a
 * package that names the same publisher. What is checked out does not get what another plugin of its name left.
 */
export function homeOf(plugin: InstalledPlugin): PluginHome {
  const identity = identityOf(plugin);
  const { place, dataDir } = plugin;
  const grant = grantKeyOf(plugin);
  if (place === undefined) return { grant, owner: identity, adopts: plugin.name, dataDir };
  return { grant, owner: `${identity}@${place}`, adopts: identity, dataDir };
}
