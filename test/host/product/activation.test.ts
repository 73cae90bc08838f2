import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import { until } from "../../support/until.ts";
import { descendants } from "../processes.ts";

describe("the start of the installed extension", () => {
  const parley = () => vscode.extensions.getExtension("parley-dev.parley") ?? assert.fail("Parley is not installed");
  const dist = () => join(parley().extensionPath, "dist");

  // First of all: nothing in this run has asked anything of Parley yet.
  it("starts no process", async () => {
    await until("VS Code has activated it", () => parley().isActive);
    assert.deepEqual(ours(), []);
  });

  it("starts them when they are needed, which shows that they would have been seen", async () => {
    const api = (await parley().activate()) as { call(plugin: string, name: string, args: object): Promise<unknown> };
    assert.deepEqual(await api.call("hello", "hello", { name: "Ada" }), { message: "Hello, Ada!" });
    assert.ok(ours().some((command) => command.includes("plugins/hello/")));
  });

  it("loads at most 300 KB of script", () => {
    const files = staticImports(join(dist(), "extension.js"));
    const bytes = [...files].reduce((sum, file) => sum + statSync(file).size, 0);
    assert.ok(bytes > 10_000 && bytes <= 300 * 1024, `${bytes} bytes in ${files.size} files`);
    const schemas = [...files].filter((file) => readFileSync(file, "utf8").includes("ZodObject"));
    assert.deepEqual(
      schemas,
      [],
      "the schemas of the protocol, which take longer to make than all the rest, come later",
    );
  });

  it("has its views, commands and settings", async () => {
    const commands = await vscode.commands.getCommands(true);
    const declared = (parley().packageJSON.contributes.commands as { command: string }[]).map(({ command }) => command);
    assert.deepEqual(
      declared.filter((command) => !commands.includes(command)),
      [],
    );
    assert.equal(vscode.workspace.getConfiguration("parley").get("model"), "guide");
  });

  /** Command lines of what runs below this extension host for Parley. */
  function ours(): string[] {
    return descendants(process.pid)
      .map(({ command }) => command)
      .filter((command) => command.includes(parley().extensionPath));
  }
});

/** A script and all that it imports before it runs; what it imports later, with `import()`, is not among them. */
function staticImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file) || !existsSync(file)) return found;
  found.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, path] of text.matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)) {
    if (path) staticImports(join(dirname(file), path), found);
  }
  return found;
}
