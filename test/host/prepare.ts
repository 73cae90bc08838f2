/** What the browser suite needs before its first test: the server, a browser, and Parley's VSIX installed once. */
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { root, vsixPath } from "../tools/paths.ts";
import { installInServer } from "./choose.ts";
import { ensureChromium } from "./chromium.ts";
import { ensureServer, type InstalledServer } from "./install.ts";

/** The extensions folder that holds the VSIX; every workbench of the suite starts from a copy of it. */
export const preparedExtensions = join(root, "dist", "test", "browser", "extensions");

/** Installs what is missing, and the VSIX unless the one that is installed is newer than the file. */
export async function prepareBrowserTests(): Promise<InstalledServer> {
  ensureChromium();
  const installed = await ensureServer();
  const vsix = vsixPath();
  if (!existsSync(vsix)) throw new Error(`There is no ${vsix}; run \`npm run build\` and \`npm run package\` first.`);
  const list = join(preparedExtensions, "extensions.json");
  if (!existsSync(list) || statSync(list).mtimeMs < statSync(vsix).mtimeMs) {
    rmSync(preparedExtensions, { recursive: true, force: true });
    installInServer(installed, vsix, preparedExtensions);
  }
  return installed;
}
