import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { isAlive } from "../../host/processes.ts";
import { until } from "../../support/until.ts";
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
  const processes = () =>
    workbench.children().flatMap(({ pid, command }) => (command.includes("plugins/contributed/") ? [pid] : []));

  async function showPlugins(): Promise<void> {
    await workbench.page.locator('.activitybar [aria-label^="Parley Plugins"]').first().click();
  }

  /** Whether the palette has the entry that the extension contributes. */
  async function inPalette(): Promise<boolean> {
    const { page } = workbench;
    await page.keyboard.press("Escape");
    await page.keyboard.press("F1");
    const input = page.locator(".quick-input-widget .quick-input-box input");
    await input.waitFor({ timeout: 2_000 });
    await input.fill(`>${title}`);
    const row = page.locator('.quick-input-list [role="option"]').first();
    await row.waitFor({ timeout: 5_000 });
    const found = ((await row.getAttribute("aria-label")) ?? "").startsWith(title);
    await page.keyboard.press("Escape");
    return found;
  }

  /**
   * Does something with the extension in VS Code's own list of extensions, until the plugin's row is there or gone. The whole gesture is
   * repeated: a list that is drawn anew closes its menu, and then nothing was chosen.
   */
  async function manage(action: string, row: "visible" | "detached"): Promise<void> {
    const { page } = workbench;
    const gesture = async () => {
      await page.keyboard.press("Escape");
      await workbench.command("Extensions: Show Installed Extensions");
      const item = page
        .locator('.extensions-list [role="listitem"], .extensions-list .monaco-list-row')
        .filter({ hasText: "Plugins for tests" })
        .first();
      await item.click({ button: "right", timeout: 5_000 });
      await page.getByRole("menuitem", { name: action, exact: true }).click({ timeout: 5_000 });
    };
    const seen = async () => {
      // What was chosen before this may have been enough.
      await gesture().catch(() => {});
      await page.keyboard.press("Escape");
      await showPlugins();
      return await rows()
        .first()
        .waitFor({ state: row, timeout: 10_000 })
        .then(
          () => true,
          () => false,
        );
    };
    await until(`"${action}" had its effect`, seen, { timeoutMs: 90_000 });
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

  it("goes with its extension when that is disabled, and is back, let in still, when it is enabled", async () => {
    const before = processes();
    assert.equal(before.length, 1);
    await manage("Disable", "detached");
    await until("its process is gone", () => !before.some(isAlive));
    await until("its entry is gone", async () => !(await inPalette()), { timeoutMs: 20_000 });
    await manage("Enable", "visible");
    await workbench.command(title);
    await until("it runs again", () => processes().length === 1);
  });

  it("goes with its extension when that is uninstalled", async () => {
    const before = processes();
    assert.equal(before.length, 1);
    await manage("Uninstall", "detached");
    await until("its process is gone", () => !before.some(isAlive));
    await until("its entry is gone", async () => !(await inPalette()), { timeoutMs: 20_000 });
    await workbench.screenshot("contributed-uninstalled");
  });
});
