import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { scripts } from "../../support/openaiScripts.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import { root } from "../../tools/paths.ts";
import { Conversation } from "../support/conversation.ts";
import { storageOf } from "../support/plugins.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("a plugin with a database and work in the background, in a real VS Code", () => {
  let server: OpenAIServer;
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    server = await startOpenAIServer({ script: scripts["tool-loop"] ?? assert.fail() });
    const endpoint = { id: "tests", label: "Test server", baseURL: server.baseURL, model: "scripted" };
    workbench = await openWorkbench({
      settings: {
        "parley.models.endpoints": [endpoint],
        "parley.model": "endpoint:tests",
        "parley.plugins.folders": [join(root, "test", "browser", "product", "plugins", "ledger")],
        "parley.plugins.sandbox": { "*": "on" },
      },
    });
    conversation = await Conversation.open(workbench);
  });
  after(async () => {
    await workbench?.close();
    await server?.close();
  });

  it("is let in by a sheet that says what it wants, what its process may reach, and what holds it", async () => {
    await workbench
      .notification(/ledger/)
      .getByRole("button", { name: "Review…" })
      .click();
    const sheet = workbench.page.locator(".monaco-dialog-box");
    await sheet.filter({ hasText: "Let the plugin “ledger” in?" }).waitFor();
    const text = await sheet.innerText();
    assert.match(text, /state database — To keep the lines\./);
    assert.match(text, /Its process wishes to:\s+• read the open folder$/m);
    assert.match(text, /bubblewrap|sandbox-exec|permission model|No sandbox/, "what holds it, or that nothing does");
    await workbench.screenshot("ledger-sheet");
    await sheet.getByRole("button", { name: "Let It In" }).click();
    await sheet.waitFor({ state: "hidden" });
  });

  it("keeps rows in a database of its own, which are there for the next call", async () => {
    await conversation.say('call ledger_keep {"line":"one"}\nthen\ncall ledger_keep {"line":"two"}');
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /"line":"one"[^\n]*"line":"two"/);
    assert.ok(existsSync(join(storageOf(workbench.profile), "plugins", "ledger", "database.sqlite")));
    await workbench.screenshot("ledger-database");
  });

  it("works in the background after the turn, until the person cancels it in its row", async () => {
    await conversation.say("call ledger_begin {}");
    await conversation.settled();
    const row = conversation.view.locator(".tool").filter({ hasText: "Count for long" }).last();
    await row.getByText("counted to a million").first().waitFor();
    await workbench.screenshot("ledger-background");
    const line = row.locator(".tool-row").last();
    assert.ok(await line.evaluate((own) => own.scrollWidth <= own.clientWidth), "a narrow panel cuts nothing off");
    const title = line.locator(".tool-title");
    assert.ok(await title.evaluate((own) => own.scrollWidth <= own.clientWidth), "least of all the title");
    await row.getByRole("button", { name: "Cancel Count for long" }).click();
    await row.getByText("cancelled", { exact: true }).first().waitFor({ state: "attached" });
    await row.getByRole("button", { name: "Cancel Count for long" }).waitFor({ state: "detached" });
    await workbench.screenshot("ledger-cancelled");
  });
});
