import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import type { ActivityData } from "../../../src/protocol/plugin/activity.ts";
import { watchEditor } from "../../../src/vscode/editorEvents.ts";
import { until } from "../../support/until.ts";

type Saved = ActivityData<"editor.saved">;

interface Api {
  call(plugin: string, name: string, args: object): Promise<unknown>;
}

describe("what happened, in VS Code", () => {
  const api = async () =>
    (await (
      vscode.extensions.getExtension("parley-dev.parley") ?? assert.fail("Parley is not installed")
    ).activate()) as Api;
  let server: Server | undefined;
  after(() => server?.close());

  it("goes as traces to the collector that the settings name", async () => {
    const bodies: string[] = [];
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (piece) => (text += piece));
      request.on("end", () => {
        bodies.push(text);
        response.end("{}");
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const configuration = vscode.workspace.getConfiguration("parley");
    await configuration.update("traces.endpoint", `http://127.0.0.1:${port}`, vscode.ConfigurationTarget.Global);
    try {
      await until("a span of a call has come", async () => {
        await (await api()).call("hello", "hello", { name: "Ada" });
        return bodies.some((body) => body.includes("call hello/hello"));
      });
      assert.ok(!bodies.join().includes("Ada"), "no argument is in it");
    } finally {
      await configuration.update("traces.endpoint", undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it("can be seen as a table of calls", async () => {
    await (await api()).call("hello", "hello", { name: "Ada" });
    await vscode.commands.executeCommand("parley.showCallMetrics");
    const shown = () => vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "parley-metrics");
    const text = (await until("the page is open", shown)).getText();
    assert.equal(shown()?.isDirty, false, "nobody is asked to save it");
    assert.match(text, /\| extension \| hello\/hello \| [1-9]/);
  });

  it("knows which files came, changed and went, whoever did it", async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail("no folder is open");
    const told: ActivityData<"workspace.filesChanged">[] = [];
    const watching = watchEditor((type, data) => {
      if (type === "workspace.filesChanged") told.push(data as ActivityData<"workspace.filesChanged">);
    });
    try {
      const file = join(folder, "made-outside.txt");
      // The watcher begins when it is ready, which nobody tells: the file is made anew until it is seen.
      const seen = () => told.some(({ created, changed }) => [...created, ...changed].includes("made-outside.txt"));
      const makeAnew = () => {
        if (!seen()) writeFileSync(file, String(told.length));
        return seen();
      };
      await until("a new file was told", makeAnew, { everyMs: 700, timeoutMs: 20_000 });
      rmSync(file);
      await until("its end was told", () => told.some(({ deleted }) => deleted.includes("made-outside.txt")));
    } finally {
      watching.dispose();
    }
  });

  it("hears of edits in the open folder and of what is shown, and of nothing that VS Code writes besides", async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail("no folder is open");
    const elsewhere = mkdtempSync(join(tmpdir(), "parley-elsewhere-"));
    const [hidden, shown, inside] = [join(elsewhere, "a.txt"), join(elsewhere, "b.txt"), join(folder, "edited.txt")];
    for (const file of [hidden, shown, inside]) writeFileSync(file, "one\n");
    const told: string[] = [];
    const watching = watchEditor((type, data) => {
      if (type === "editor.changed" || type === "editor.saved") told.push(`${type} ${basename((data as Saved).path)}`);
    });
    try {
      for (const file of [hidden, shown, inside]) {
        const document = await vscode.workspace.openTextDocument(file);
        if (file === shown) await vscode.window.showTextDocument(document);
        const edit = new vscode.WorkspaceEdit();
        edit.insert(document.uri, new vscode.Position(0, 0), "zero\n");
        assert.ok(await vscode.workspace.applyEdit(edit));
        assert.ok(await document.save());
      }
      await until("the last edit was told", () => told.includes("editor.changed edited.txt"));
      const expected = ["b.txt", "edited.txt"].flatMap((file) => [`editor.changed ${file}`, `editor.saved ${file}`]);
      assert.deepEqual(told.toSorted(), expected.toSorted());
    } finally {
      watching.dispose();
      await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
      for (const file of [elsewhere, inside]) rmSync(file, { recursive: true, force: true });
    }
  });
});
