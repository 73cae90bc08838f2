/** Plugins of a test's own, made known to a workbench by a copy of the installed extension that holds them too. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { preparedExtensions } from "../../host/prepare.ts";

/** A folder of extensions; `remove` it when the workbench is closed. */
export interface TestExtensions {
  /** For `openWorkbench({ extensions })`. */
  readonly folder: string;
  remove(): void;
}

/** Copies the extensions folder that holds Parley's VSIX, and adds these plugin packages to the bundled ones. */
export function extensionsWith(packages: readonly string[], others: readonly string[] = []): TestExtensions {
  if (!existsSync(preparedExtensions)) throw new Error("Start the suite with `npm run test:browser`.");
  const folder = mkdtempSync(join(tmpdir(), "parley-extensions-"));
  cpSync(preparedExtensions, folder, { recursive: true });
  const parley = readdirSync(folder).find((name) => name.startsWith("parley-dev.parley-"));
  if (!parley) throw new Error(`Parley is not installed in ${folder}.`);
  for (const each of packages)
    cpSync(each, join(folder, parley, "dist", "plugins", basename(each)), { recursive: true });
  for (const each of others) cpSync(each, join(folder, basename(each)), { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Where a workbench's extension host keeps Parley's files. */
export function storageOf(profile: string): string {
  return join(profile, "server", "data", "User", "globalStorage", "parley-dev.parley");
}
