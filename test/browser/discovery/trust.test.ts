import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "../../support/until.ts";
import { root } from "../../tools/paths.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("a plugin that comes with a folder", () => {
  let workbench: Workbench;
  before(async function () {
    this.timeout(120_000);
    workbench = await openWorkbench({
      folder: join(root, "test", "host", "fixtures", "discovery"),
      askForTrust: true,
      settings: { "security.workspace.trust.startupPrompt": "never" },
    });
  });
  after(() => workbench?.close());

  it("runs after the person trusted the folder and let the plugin in, each with a click on its row", async () => {
    const { page } = workbench;
    const processes = () => workbench.children().filter(({ command }) => command.includes("plugins/local/")).length;
    await page.locator('.activitybar [aria-label^="Parley Plugins"]').first().click();
    const row = page.locator('.pane-body [role="treeitem"][aria-label^="local"]').first();
    await row.waitFor({ timeout: 30_000 });
    assert.match((await row.innerText()).replaceAll("\n", " "), /untrusted/);
    assert.match((await row.getAttribute("aria-label")) ?? "", /comes with this workspace, which is not trusted/);
    await workbench.screenshot("discovery-untrusted");

    await workbench.ask("Parley: Start Plugin", async (questions) => {
      await questions.asked("Start which plugin?");
      assert.equal(await questions.rows("Says where it comes from.").count(), 0, "it cannot be started");
    });
    assert.equal(processes(), 0);
    await workbench.questions.leave();

    await row.click();
    await page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
    await until("it waits for consent", async () => /needs consent/.test(await row.innerText()), { timeoutMs: 30_000 });
    // Workspace Trust is an editor that lies over the others.
    await page.locator('.monaco-modal-editor-block .action-label[aria-label^="Close"]').first().click();
    await page.locator(".workspace-trust-editor").waitFor({ state: "hidden" });
    await workbench.screenshot("discovery-needs-consent");

    await row.click();
    const sheet = page.locator(".monaco-dialog-box");
    await sheet.filter({ hasText: "Let the plugin “local” in?" }).waitFor();
    assert.match(await sheet.innerText(), /message conversation\/notify — to say what it found/);
    assert.match(await sheet.innerText(), /From this workspace: .*When any of its files changes you are asked again\./);
    await workbench.screenshot("discovery-sheet");
    await sheet.getByRole("button", { name: "Let It In" }).click();
    await until("it may run", async () => /stopped/.test(await row.innerText()), { timeoutMs: 30_000 });
    await workbench.screenshot("discovery-let-in");

    await workbench.ask("Parley: Start Plugin", (questions) =>
      questions.pick("Start which plugin?", "Says where it comes from."),
    );
    await until("it runs", async () => /running/.test(await row.innerText()), { timeoutMs: 30_000 });
    assert.equal(processes(), 1);
  });
});
