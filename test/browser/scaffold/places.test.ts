import assert from "node:assert/strict";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { until } from "../../support/until.ts";
import { root } from "../../tools/paths.ts";
import type { Questions } from "../support/questions.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("where a new plugin is put", () => {
  let home: string;
  let workbench: Workbench | undefined;
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), "parley-home-")));
  });
  afterEach(async () => {
    await workbench?.close();
    workbench = undefined;
    rmSync(home, { recursive: true, force: true });
  });

  async function open(options: Parameters<typeof openWorkbench>[0]): Promise<Workbench> {
    workbench = await openWorkbench({ ...options, env: { HOME: home } });
    await workbench.page.locator('.activitybar [aria-label^="Parley Plugins"]').first().click();
    return workbench;
  }

  const create = async ({ ask }: Workbench, name: string, last: (questions: Questions) => Promise<void>) =>
    await ask("Parley: Create Plugin…", async (questions) => {
      await questions.pick("Create a plugin (1/4)", "TypeScript");
      await questions.type("Create a plugin (2/4)", name);
      await questions.type("Create a plugin (3/4)", "Counts words.");
      await last(questions);
    });

  async function comesUp({ page }: Workbench, name: string): Promise<void> {
    const sheet = page.locator(".monaco-dialog-box");
    await sheet.filter({ hasText: `Let the plugin “${name}” in?` }).waitFor({ timeout: 30_000 });
    await sheet.getByRole("button", { name: "Let It In" }).click();
    const row = page.locator(`.pane-body [role="treeitem"][aria-label^="${name}"]`).first();
    await until("it runs", async () => /running/.test(await row.innerText()), { timeoutMs: 30_000 });
  }

  it("is the person's home where no folder is open, and nothing is asked about it", async () => {
    const opened = await open({ folder: null });
    await create(opened, "homely", async () => {});
    await comesUp(opened, "homely");
    assert.ok(existsSync(join(home, ".parley", "plugins", "homely", "plugin.json")));
  });

  it("is the one of several folders that the person chooses, also one that was added a moment ago", async () => {
    const opened = await open({ folder: join(root, "test", "browser", "scaffold", "roots", "house.code-workspace") });
    const house = dirname(opened.folder ?? "");
    await create(opened, "flowers", async (questions) => {
      await questions.asked("Create a plugin (4/4)");
      for (const place of ["kitchen", "garden", "My plugins"]) await questions.rows(place).first().waitFor();
      await opened.screenshot("scaffold-places");
      await questions.pick("Create a plugin (4/4)", "garden");
    });
    await comesUp(opened, "flowers");
    assert.ok(existsSync(join(house, "garden", ".parley", "plugins", "flowers", "plugin.json")));
    assert.ok(!existsSync(join(house, "kitchen", ".parley")));

    // The plugin that makes plugins runs, and was told of two folders.
    const folders = ["kitchen", "garden", "cellar"].map((path) => ({ path }));
    writeFileSync(opened.folder ?? "", JSON.stringify({ folders }));
    await opened.page.locator('.activitybar [aria-label^="Explorer"]').first().click();
    await opened.page.locator('.explorer-folders-view [role="treeitem"][aria-label^="cellar"]').first().waitFor();
    await opened.page.locator('.activitybar [aria-label^="Parley Plugins"]').first().click();
    await create(opened, "bottles", (questions) => questions.pick("Create a plugin (4/4)", "cellar"));
    await comesUp(opened, "bottles");
    assert.ok(existsSync(join(house, "cellar", ".parley", "plugins", "bottles", "plugin.json")));
  });
});
