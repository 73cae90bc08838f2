/** Extensions that a test makes, installs and takes away while the window is open. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { vsixOf } from "./vsix.ts";

/** What sets one such extension apart from another. */
export interface Contributor {
  /** Its id is `parley-tests.NAME`. */
  readonly name: string;
  readonly version?: string;
  /** The plugin's name. */
  readonly plugin: string;
}

/** The id by which VS Code knows it. */
export const idOf = ({ name }: Pick<Contributor, "name">): string => `parley-tests.${name}`;

/**
 * Writes an extension with one plugin into a folder, and installs it. The plugin's offer `where` says which extension and version it is
 * of, and its process; `hang` answers never, and has a child process that does not end by itself.
 */
export async function install(folder: string, { name, version = "1.0.0", plugin }: Contributor): Promise<void> {
  const extension = join(folder, `${name}-${version}`);
  const root = join(extension, "plugins", plugin);
  mkdirSync(root, { recursive: true });
  const put = (path: string, content: unknown) => writeFileSync(path, JSON.stringify(content, null, 2));
  put(join(extension, "package.json"), {
    ...{ name, version, publisher: "parley-tests", engines: { vscode: "^1.117.0" } },
    contributes: { parleyPlugins: [`./plugins/${plugin}`] },
  });
  const offers = ["where", "hang"].map((offer) => ({ name: offer, description: `Answers ${offer}.`, action: "read" }));
  put(join(root, "plugin.json"), {
    $schema: "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json",
    ...{ name: plugin, version, description: `Comes with ${name}.` },
    extensions: { "dev.parley": { parley: "^1", run: { runtime: "node", entry: "./main.mjs" }, offers } },
  });
  const program = [
    'import { spawn } from "node:child_process";',
    'import { createPlugin } from "@parley/sdk";',
    "const plugin = createPlugin();",
    `plugin.offer("where", () => ({ of: ${JSON.stringify(`${name} ${version}`)}, pid: process.pid }));`,
    'plugin.offer("hang", async (_, call) => {',
    '  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });',
    "  await call.progress({ message: String(child.pid) });",
    "  await new Promise(() => {});",
    "});",
    "await plugin.start();",
  ];
  writeFileSync(join(root, "main.mjs"), program.join("\n"));
  const vsix = join(folder, `${name}-${version}.vsix`);
  writeFileSync(vsix, vsixOf(extension));
  await vscode.commands.executeCommand("workbench.extensions.installExtension", vscode.Uri.file(vsix));
}

export async function uninstall(contributor: Pick<Contributor, "name">): Promise<void> {
  await vscode.commands.executeCommand("workbench.extensions.uninstallExtension", idOf(contributor));
}
