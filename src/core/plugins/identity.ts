import type { InstalledPlugin } from "./installed.ts";

/** As much of a publisher's name is part of an identity, which has room for 256 characters with a content hash. */
const publisherLength = 100;

/**
 * Whose a package is: source, publisher and name, for example `bundled/parley-dev/hello`. It stays the same over versions, and is never
 * that of a package of the same name from elsewhere. Who contributes a package is known by the extension's id, and not by what the
 * package says of its author.
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
