import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("a real VS Code", () => {
  it("is one that Parley supports", () => {
    const [major = 0, minor = 0] = vscode.version.split(".").map(Number);
    assert.ok(major > 1 || minor >= 117, `VS Code ${vscode.version}`);
  });

  it("activates Parley from this checkout", async () => {
    const parley = vscode.extensions.getExtension("parley-dev.parley");
    assert.ok(parley, "Parley is not among the extensions");
    await parley.activate();
    assert.equal(parley.isActive, true);
  });

  it("opens the sample workspace", async () => {
    const found = await vscode.workspace.findFiles("src/parser.ts");
    assert.equal(found.length, 1);
  });
});
