import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../tools/paths.ts";
import { extensionsWith, type TestExtensions } from "../support/plugins.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("a plugin that another extension contributes, as a person meets it", () => {
  let extensions: TestExtensions;
  let workbench: Workbench;
  const title = "Contributor: Where Does It Come From";

  before(async () => {
    extensions = extensionsWith([], [join(root, "test", "host", "fixtures", "contributor")]);
    workbench = await openWorkbench({ extensions: extensions.folder });
  });
  after(async () => {
    await workbench?.close();
    extensions?.remove();
  });

  const rows = () => workbench.page.locator('.pane-body [role="treeitem"][aria-label^="contributed"]');
  async function showPlugins(): Promise<void> {
    await workbench.page.locator('.activitybar [aria-label^="Parley Plugins"]').first().click();
  }

  it("is in the palette, and says there how to let it in", async () => {
    await showPlugins();
    await rows().first().waitFor({ timeout: 30_000 });
    assert.match(await rows().first().innerText(), /needs consent/);
    await workbench.command(title);
    const said = workbench.notification(/contributed.*has not been let in yet/);
    await said.waitFor();
    await workbench.screenshot("contributed-not-let-in");
    await said.getByRole("button", { name: "Review…" }).click();
    const sheet = workbench.page.locator(".monaco-dialog-box");
    await sheet.filter({ hasText: "Let the plugin “contributed” in?" }).waitFor();
    assert.match(await sheet.innerText(), /From the extension parley-tests\.parley-test-contributor: /);
    await sheet.getByRole("button", { name: "Let It In" }).click();
    await sheet.waitFor({ state: "hidden" });
    await workbench.command(title);
    await workbench.notification(/plugin: contributed/).waitFor();
  });
});
