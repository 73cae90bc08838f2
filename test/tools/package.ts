/** Makes the VSIX and looks into it: nothing but what runs, and small. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { createVSIX, listFiles, PackageManager } from "@vscode/vsce";
import { root, vsixPath } from "./paths.ts";

/** A VSIX may weigh this much, in bytes. */
const maximumBytes = 6 * 1024 * 1024;

/** What a package may hold, as paths inside the extension. Anything else is a mistake in `.vscodeignore`. */
const allowed: readonly RegExp[] = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE(\.txt|\.md)?)$/,
  /^dist\/(extension|storeWorker|databaseProgram|guardian)\.js$/,
  /^dist\/chunks\/[\w.-]+\.js$/,
  /^dist\/webview\/(main\.(js|css)|(chunks|assets)\/[\w.-]+\.(js|css|ttf|woff2|svg))$/,
  /^dist\/sdk\/(package\.json|resolve\.mjs|(index|testing)\.(js|d\.ts)|chunks\/[\w.-]+\.js|types\/.+\.d\.ts)$/,
  /^dist\/sdk\/python\/.+\.(py|pyi|typed|json|md|toml)$/,
  // The declarations of the one library whose types the SDK's are made of.
  /^dist\/sdk\/node_modules\/zod\/(LICENSE|([\w./-]+\/)?package\.json|[\w./-]+\.d\.ts)$/,
  /^dist\/plugins\/scaffold\/templates\/[\w./-]+\.template$/,
  /^dist\/plugins\/[a-z0-9-]+\/[\w./-]+\.(js|py|json|md|txt|svg|yaml|yml|toml)$/,
  /^media\/[\w./-]+\.(svg|png|css|md|ttf)$/,
];

/** Packages what `dist/` holds now; resolves to the VSIX's path. Throws when it is too large or holds what it should not. */
export async function makePackage(): Promise<string> {
  const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
  const strangers = files.filter((file) => !allowed.some((pattern) => pattern.test(file)));
  if (strangers.length > 0) {
    throw new Error(`The package would hold files that do not belong there: ${strangers.slice(0, 10).join(", ")}`);
  }
  const packagePath = vsixPath();
  await createVSIX({
    cwd: root,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const bytes = statSync(packagePath).size;
  const size = `${(bytes / 1024 / 1024).toFixed(2)} MB`;
  console.log(`${basename(packagePath)}: ${files.length} files, ${size}`);
  if (bytes > maximumBytes) throw new Error(`${basename(packagePath)} is ${size}; at most 6 MB are allowed.`);
  return packagePath;
}
