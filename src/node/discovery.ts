import { dirname } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Disposable } from "../base/dispose.ts";
import type { Logger } from "../base/logger.ts";
import { Settled } from "../base/settled.ts";
import type { Contribution } from "../core/plugins/contribution.ts";
import type { InstalledPlugin } from "../core/plugins/installed.ts";
import { contributedFolders } from "./contributed.ts";
import { findPackages, type PackageFolder, packageFolder } from "./packages.ts";
import { watchPackages } from "./watchPackages.ts";

/** How long it must be quiet before plugins are looked for again; an install is told twice within 0.1 s. */
const quietMs = 300;

/** How long changes that never end, as a program that writes into a plugin's folder, can put a look off. */
const longestMs = 3_000;

/** Where plugins come from; each is asked anew at every look. All paths are absolute. */
export interface DiscoveryParts {
  readonly bundled: string;
  /** Has a subfolder for each plugin's data. */
  readonly dataFolder: string;
  readonly user: () => string;
  /** Packages and folders of packages that the person named in the settings. */
  readonly development: () => readonly string[];
  /** The folders of the workspace, each with where its plugins are. */
  readonly workspace: () => readonly { readonly root: string; readonly folder: string }[];
  readonly contributions: () => readonly Contribution[];
  /** Until the workspace is trusted the content of its plugins is not read. */
  readonly trusted: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes all that was found; not called again before it is done. */
  readonly onFound: (found: InstalledPlugin[]) => Promise<void>;
}

/** Looks for plugins where they may be, and again when something changed on disk or `ask` says so. */
export class Discovery implements Disposable {
  readonly #parts: DiscoveryParts;
  readonly #looking: Settled;
  #watching: Disposable | undefined;

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
    this.#looking = new Settled(parts.clock, quietMs, () => this.#look(), longestMs);
  }

  /** Looks again once nothing has changed for a moment. */
  ask(): void {
    this.#looking.ask();
  }

  /** Looks now. Resolves when what was found has been taken over. */
  look(): Promise<void> {
    return this.#looking.now();
  }

  dispose(): void {
    this.#looking.dispose();
    this.#watching?.dispose();
  }

  async #look(): Promise<void> {
    const { bundled, dataFolder, user, development, workspace, contributions, trusted, onFound, logger, clock } =
      this.#parts;
    try {
      const contributed = contributions();
      // An update of an extension lands beside it, and nothing but its folder tells.
      const parents = contributed.flatMap(({ folder }) => (folder === undefined ? [] : [dirname(folder)]));
      this.#watching?.dispose();
      const watched = { packages: [user(), ...development()], parents: [...new Set(parents)] };
      this.#watching = watchPackages(watched, () => this.ask(), clock);
      const folders: PackageFolder[] = [
        { folder: bundled, source: "bundled" },
        ...(await contributedFolders(contributed)),
        { folder: user(), source: "user" },
        ...development().map((folder) => packageFolder(folder, "development")),
        ...workspace().map(({ root, folder }): PackageFolder => {
          return { folder, source: "workspace", within: root, hashed: trusted() };
        }),
      ];
      await onFound(await findPackages(folders, dataFolder));
    } catch (error) {
      logger.log("error", "Looking for plugins failed.", { error: String(error) });
      throw error;
    }
  }
}
