import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { ParleyApi } from "../../../src/vscode/api.ts";
import { PluginsTree } from "../../../src/vscode/pluginsTree.ts";
import { until } from "../../support/until.ts";
import { type WindowHost, windowHost } from "../../support/windowHost.ts";

describe("plugins of a workspace that is not trusted", () => {
  let window: WindowHost;
  before(async () => {
    assert.equal(vscode.workspace.isTrusted, false, "the run leaves Workspace Trust on");
    window = await windowHost();
  });
  after(() => window.close());

  it("do not run in Parley itself, and say why", async () => {
    const api = (await vscode.extensions.getExtension("parley-dev.parley")?.activate()) as ParleyApi;
    await assert.rejects(api.call("local", "where", {}), /comes with this workspace, which is not trusted/);
    assert.match(JSON.stringify(await api.call("hello", "hello", {})), /Hello, world/);
  });

  it("are listed, are not read any further, and cannot be let in", async () => {
    assert.equal(window.reason("local", "workspace"), "untrusted");
    assert.equal(window.host.supervisor.installed("local")?.contentHash, undefined);
    await assert.rejects(window.host.letIn("local"), { kind: "denied", message: /not trusted/ });
    await assert.rejects(window.call("local", "where"), /not trusted/);
    assert.equal(window.reason("broken", "workspace"), "broken");
  });

  it("are a row whose click leads to Workspace Trust", async () => {
    const tree = new PluginsTree(() => window.host.supervisor.list());
    const item = tree.getTreeItem(window.view("local", "workspace") ?? assert.fail());
    assert.equal(String(item.description).split(" · ")[0], "untrusted");
    assert.equal(item.contextValue, "plugin.unusable");
    const commands = await vscode.commands.getCommands();
    assert.ok(item.command && commands.includes(item.command.command), "VS Code knows the command");
  });

  it("stay out when their files change", async () => {
    const manifest = join(window.workspace, ".parley", "plugins", "local", "plugin.json");
    writeFileSync(manifest, "{");
    await until("the change is seen", () => window.reason("local", "workspace") === "broken");
  });
});
