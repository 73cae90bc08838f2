/** Plugins of a test's own, made known to a workbench by a copy of the installed extension that holds them too. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { preparedExtensions } from "../../host/prepare.ts";

/** A folder of extensions; `remove` it when the workbench is closed. */
export interface TestExtensions {
  /** For `openWorkbench({ extensions })`. */
  readonly folder: string;
  remove(): void;
}

/**
 * Copies the extensions folder that holds Parley's VSIX, and adds these plugin packages to the bundled ones and the `others`,
 * which are extensions, to the installed ones.
 */
export function extensionsWith(packages: readonly string[], others: readonly string[] = []): TestExtensions {
  if (!existsSync(preparedExtensions)) throw new Error("Start the suite with `npm run test:browser`.");
  const folder = mkdtempSync(join(tmpdir(), "parley-extensions-"));
  cpSync(preparedExtensions, folder, { recursive: true });
  const parley = readdirSync(folder).find((name) => name.startsWith("parley-dev.parley-"));
  if (!parley) throw new Error(`Parley is not installed in ${folder}.`);
  for (const each of packages)
    cpSync(each, join(folder, parley, "dist", "plugins", basename(each)), { recursive: true });
  for (const each of others) install(each, folder);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** VS Code loads what its list names; a folder that is only there is passed over. */
function install(extension: string, folder: string): void {
  const target = join(folder, basename(extension));
  cpSync(extension, target, { recursive: true });
  const { publisher, name, version } = JSON.parse(readFileSync(join(extension, "package.json"), "utf8"));
  const list = join(folder, "extensions.json");
  const entry = {
    identifier: { id: `${publisher}.${name}` },
    version,
    location: { $mid: 1, scheme: "file", path: target },
    relativeLocation: basename(extension),
  };
  writeFileSync(list, JSON.stringify([...JSON.parse(readFileSync(list, "utf8")), entry]));
}

/** Where a workbench's extension host keeps Parley's files. */
export function storageOf(profile: string): string {
  return join(profile, "server", "data", "User", "globalStorage", "parley-dev.parley");
}
