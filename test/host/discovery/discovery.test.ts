import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import type { ParleyApi } from "../../../src/vscode/api.ts";
import { commandIds } from "../../../src/vscode/commandIds.ts";
import { reviewPlugin } from "../../../src/vscode/consentSheet.ts";
import { offerCommandId } from "../../../src/vscode/offerCommandId.ts";
import { PluginCommands } from "../../../src/vscode/pluginCommands.ts";
import type { PluginLogs } from "../../../src/vscode/pluginLogs.ts";
import { PluginsTree } from "../../../src/vscode/pluginsTree.ts";
import { until } from "../../support/until.ts";
import { type WindowHost, windowHost } from "../../support/windowHost.ts";
import { vsixOf } from "./vsix.ts";

const contributor = "parley-tests.parley-test-contributor";

describe("plugins that are found in a real window", () => {
  let window: WindowHost;
  let local: string;
  before(async () => {
    window = await windowHost();
    local = join(window.workspace, ".parley", "plugins", "local");
  });
  after(() => window.close());

  it("are found by Parley itself, and wait for the person", async () => {
    const api = (await vscode.extensions.getExtension("parley-dev.parley")?.activate()) as ParleyApi;
    for (const name of ["contributed", "local"]) {
      await assert.rejects(api.call(name, "where", {}), /has not been let in yet/);
    }
    assert.match(JSON.stringify(await api.call("hello", "hello", {})), /Hello, world/, "a bundled one does not wait");
  });

  it("have VS Code commands for what they offer to the palette, which answer whoever gives them arguments", async () => {
    const known = await vscode.commands.getCommands();
    assert.ok(known.includes(offerCommandId("hello", "hello")));
    const greeted = await vscode.commands.executeCommand(offerCommandId("hello", "hello"), { name: "Ada" });
    assert.deepEqual(greeted, { message: "Hello, Ada!" });
    await assert.rejects(
      async () => await vscode.commands.executeCommand(offerCommandId("hello", "hello"), { name: 7 }),
      /name.*string/,
    );
    await until("the contributed one is known", async () =>
      (await vscode.commands.getCommands()).includes(offerCommandId("contributed", "where")),
    );
    await assert.rejects(
      async () => await vscode.commands.executeCommand(offerCommandId("contributed", "where"), {}),
      /has not been let in yet/,
      "it was not let in",
    );
  });

  it("come from another extension; wrong entries are listed with the reason", async () => {
    assert.equal(window.reason("contributed", "extension"), "needsConsent");
    assert.equal(window.reason("hello", "extension"), "shadowed");
    const problems = window.host.supervisor
      .list()
      .flatMap(({ source, eligibility }) => (source === "extension" && !eligibility.ok ? [eligibility] : []))
      .filter(({ reason }) => reason === "broken");
    assert.deepEqual(
      problems.map(({ text }) => /, (.*)$/.exec(text)?.[1]),
      [
        '"./plugins/missing", does not exist in the extension.',
        `"./../../outside", leads out of the extension's folder.`,
        '7, is not a path that begins with "./".',
      ],
    );
    await window.host.letIn("contributed");
    assert.equal((await window.call("contributed", "where")).plugin, "contributed");
  });

  it("come from the workspace; a file that changes stops them and asks again", async () => {
    assert.equal(window.reason("local", "workspace"), "needsConsent");
    assert.equal(window.reason("broken", "workspace"), "broken");
    await window.host.letIn("local");
    const { pid } = await window.call("local", "where");
    const bystander = window.view("contributed", "extension")?.pid;
    const main = join(local, "main.mjs");
    writeFileSync(main, readFileSync(main, "utf8").replace("edition: 1", "edition: 2"));
    await until("it asks again", () => window.reason("local", "workspace") === "needsConsent");
    await until("its process is gone", () => window.view("local", "workspace")?.process === "stopped");
    await assert.rejects(window.call("local", "where"), /has not been let in yet/);
    await window.host.letIn("local");
    const later = await window.call("local", "where");
    assert.equal(later.edition, 2);
    assert.notEqual(later.pid, pid);
    assert.ok(bystander);
    assert.equal(window.view("contributed", "extension")?.pid, bystander, "what did not change runs on");
  });

  it("come and go with their folders, in the workspace and at home", async () => {
    const home = join(window.home, ".parley", "plugins", "mine");
    for (const [folder, source] of [
      [join(window.workspace, ".parley", "plugins", "later"), "workspace"],
      [home, "user"],
    ] as const) {
      cpSync(local, folder, { recursive: true });
      const manifest = join(folder, "plugin.json");
      writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"name": "local"', '"name": "later"'));
      await until(`it is found (${source})`, () => window.reason("later", source) === "needsConsent");
      rmSync(folder, { recursive: true });
      await until(`it is gone (${source})`, () => !window.view("later", source));
    }
    assert.equal(window.reason("local", "workspace"), undefined, "the others are as they were");
  });

  it("are rows of the Plugins view, each with its state, its reason and what can be done", async () => {
    const copy = join(window.workspace, ".parley", "plugins", "z-copy");
    cpSync(local, copy, { recursive: true });
    await until("the copy is found", () => window.reason("local", "workspace") === undefined && shadowed());
    function shadowed() {
      return window.host.supervisor.list().some(({ root, eligibility }) => root === copy && !eligibility.ok);
    }
    const tree = new PluginsTree(() => window.host.supervisor.list());
    const rows = tree.getChildren().map((plugin) => ({ plugin, item: tree.getTreeItem(plugin) }));
    assert.equal(new Set(rows.map(({ item }) => item.id)).size, rows.length, "VS Code takes an id once");
    const row = (root: string) => rows.find(({ plugin }) => plugin.root === root);
    const words = (root: string) => String(row(root)?.item.description).split(" · ")[0];
    const tooltip = (root: string) => {
      const text = row(root)?.item.tooltip;
      return text instanceof vscode.MarkdownString ? text.value.replaceAll("&nbsp;", " ") : "";
    };
    assert.equal(words(local), "running");
    assert.equal(words(copy), "not used: its name is taken");
    assert.match(tooltip(copy), /has the same name and goes first/);
    assert.equal(row(copy)?.item.contextValue, "plugin.unusable");
    const said: string[] = [];
    const { showInformationMessage } = vscode.window;
    const hear = async (text: string, options?: { detail?: string }) => void said.push(options?.detail ?? text);
    Object.assign(vscode.window, { showInformationMessage: hear });
    const sheets: string[] = [];
    try {
      const winnersLog = { show: () => assert.fail("it is the log of the one that has the name") };
      const commands = new PluginCommands(async () => window, winnersLog as unknown as PluginLogs);
      await commands.showLog(row(copy)?.plugin);
      await commands.permissions(row(copy)?.plugin);
      await reviewPlugin(window.host, "local");
      sheets.push(...said.splice(2));
    } finally {
      Object.assign(vscode.window, { showInformationMessage });
    }
    assert.match(sheets[0] ?? "", /Its process runs as you.*\nNo sandbox is in force/);
    const state = (more: object) => {
      const item = tree.getTreeItem({ ...(row(local)?.plugin ?? assert.fail()), ...more });
      const { description, tooltip: about, command, contextValue: kind, accessibilityInformation: heard } = item;
      const text = about instanceof vscode.MarkdownString ? about.value.replaceAll("&nbsp;", " ") : "";
      return { words: String(description).split(" · "), text, command: command?.command, kind, heard: heard?.label };
    };
    const held = state({ sandbox: { kind: "bubblewrap", text: "Held by bubblewrap." } });
    assert.equal(held.words[1], "sandboxed");
    assert.match(held.text, /Held by bubblewrap\\?\./);
    assert.equal(state({ updating: true }).words[0], "updating");
    const silent = state({ health: { status: "degraded", unanswered: true } });
    assert.deepEqual([silent.words[0], silent.command], ["does not answer", commandIds.showPluginLog]);
    const again = state({ process: "backoff", pid: undefined, problem: "It exited with code 3." });
    assert.deepEqual([again.words[0], again.kind], ["ended, starts again soon", "plugin.running"], "it can be stopped");
    assert.equal(again.heard, "local, ended, starts again soon, It exited with code 3.");
    assert.equal(said.length, 2);
    for (const text of said) assert.match(text, /z-copy is not used.*It has no process, no log and no rights\./);
    const broken = join(dirname(local), "broken");
    assert.equal(words(broken), "invalid");
    assert.match(tooltip(broken), /\$schema/);
    rmSync(copy, { recursive: true });

    cpSync(local, join(window.home, ".parley", "plugins", "fresh"), { recursive: true });
    await until("the home's own goes first", () => window.reason("local", "user") === "needsConsent");
    const fresh = tree.getTreeItem(window.view("local", "user") ?? assert.fail());
    assert.equal(String(fresh.description).split(" · ")[0], "needs consent");
    assert.deepEqual([fresh.command?.command, fresh.command?.arguments], [commandIds.reviewPlugin, ["local"]]);
    assert.equal(window.reason("local", "workspace"), "shadowed");
    await until("the shadowed one is stopped", () => !window.view("local", "workspace")?.pid);
  });

  it("of an extension that was updated on disk ask for a reload", async () => {
    const extension = vscode.extensions.getExtension(contributor);
    assert.ok(extension);
    assert.equal(window.view("contributed", "extension")?.reload, undefined);
    const newer = join(dirname(extension.extensionPath), `${contributor}-0.0.2`);
    mkdirSync(newer);
    const manifest = { ...JSON.parse(readFileSync(join(extension.extensionPath, "package.json"), "utf8")) };
    writeFileSync(join(newer, "package.json"), JSON.stringify({ ...manifest, version: "0.0.2" }));
    await until("it is told", () => window.view("contributed", "extension")?.reload?.includes("Version 0.0.2"));
    assert.equal(window.view("contributed", "extension")?.process, "running");
    rmSync(newer, { recursive: true });
    await until("it is told no more", () => !window.view("contributed", "extension")?.reload);
  });

  it("stop when their extension is uninstalled, and are back when it is installed again", async () => {
    const extension = vscode.extensions.getExtension(contributor);
    assert.ok(extension);
    const vsix = join(window.home, "contributor.vsix");
    writeFileSync(vsix, vsixOf(extension.extensionPath));
    const pid = window.view("contributed", "extension")?.pid;
    assert.ok(pid);
    await vscode.commands.executeCommand("workbench.extensions.uninstallExtension", contributor);
    await until("it is gone", () => !window.view("contributed", "extension"), { timeoutMs: 20_000 });
    await until("its process is gone", () => !alive(pid));
    await vscode.commands.executeCommand("workbench.extensions.installExtension", vscode.Uri.file(vsix));
    await until("it is back", () => window.view("contributed", "extension")?.eligibility.ok, { timeoutMs: 20_000 });
    assert.equal((await window.call("contributed", "where")).plugin, "contributed", "and is let in still");
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
