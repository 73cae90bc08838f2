import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { Locator } from "playwright-core";
import { root } from "../../tools/paths.ts";
import { extensionsWith, type TestExtensions } from "../support/plugins.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

const plugin = (name: string) => join(root, "test", "browser", "product", "plugins", name);

for (const [look, theme] of [
  ["dark", "Default Dark Modern"],
  ["light", "Default Light Modern"],
] as const)
  describe(`the rows of plugins in trouble, ${look}`, function () {
    this.timeout(120_000);
    let extensions: TestExtensions;
    let workbench: Workbench;

    before(async () => {
      const broken = join(root, "test", "browser", "faults", "plugins", "broken");
      extensions = extensionsWith([plugin("crashing"), plugin("hanging"), broken]);
      workbench = await openWorkbench({
        extensions: extensions.folder,
        size: { width: 1000, height: 760 },
        settings: {
          "workbench.colorTheme": theme,
          "parley.plugins.folders": [plugin("hello"), plugin("weather-station")],
          "parley.plugins.sandbox": { "*": "on" },
        },
      });
      await workbench.page.locator('.activitybar [aria-label^="Parley Plugins"]').first().click();
    });
    after(async () => {
      await workbench?.close();
      extensions?.remove();
    });

    const row = (label: RegExp): Locator =>
      workbench.page.getByRole("tree", { name: "Plugins" }).getByRole("treeitem", { name: label });

    /** What the row says, and what stands in its tooltip. */
    async function read(label: RegExp): Promise<{ text: string; tooltip: string }> {
      const item = row(label);
      const [name = ""] = label.source.split(",");
      await item.waitFor({ timeout: 60_000 });
      const { questions } = workbench;
      let tooltip = "";
      await questions.through("its tooltip is shown", async () => {
        await workbench.page.locator(".part.statusbar").hover();
        await item.hover({ timeout: 5_000 });
        const hover = workbench.page.locator(".workbench-hover .hover-contents").first();
        await hover.waitFor({ timeout: 5_000 });
        tooltip = (await hover.innerText()).replaceAll("\u00a0", " ");
        assert.ok(tooltip.startsWith(name), tooltip);
      });
      return { text: (await item.innerText()).replaceAll("\n", " "), tooltip };
    }

    it("say why one failed, and a click leads to its log", async () => {
      const { text, tooltip } = await read(/crashing, It exited with code 3 .*not started again until you restart it/s);
      assert.match(text, /failed · It exited with code 3 before it answered initialize/);
      assert.match(tooltip, /Its last words: Cannot read \/etc\/weather\.conf: it is not there\./);
      assert.equal(tooltip.split("exited with code 3").length, 2, "it is said once");
      // This one, the one that is broken and the one that waits for consent; that a name is taken is no trouble.
      const status = workbench.page.locator("[id*='parley.status']").filter({ hasText: "Parley" });
      assert.equal((await status.first().innerText()).trim().split(/\s+/).at(-1), "3");
      await workbench.screenshot(`rows-failed-${look}`);
      await row(/^crashing/).click();
      await workbench.page.locator(".part.panel").getByText("Cannot read").first().waitFor();
      await workbench.notification("The log of crashing is also a file").waitFor();
    });

    it("say what is wrong with a manifest, and a click opens it", async () => {
      const { text } = await read(/broken, .*has the unknown field "offrs"/);
      assert.match(text, /invalid · cannot be used: plugin\.json: .*"offrs"/);
      await row(/^broken/).click();
      await workbench.page.locator(".tab.active").filter({ hasText: "plugin.json" }).waitFor();
    });

    it("say that a name is taken, and by whom", async () => {
      const { text, tooltip } = await read(/hello, Plugin "hello" in .* is not used/);
      assert.match(text, /not used: its name is taken · development/);
      assert.match(tooltip, /has the same name and goes first\. Rename one of the two, or remove it\./);
      await workbench.screenshot(`rows-shadowed-${look}`);
    });

    it("lead to the sheet of what a plugin wants, with what its process wishes to reach and what holds it", async () => {
      await row(/^weather-station, weather-station has not been let in yet/).click();
      const sheet = workbench.page.locator(".monaco-dialog-box");
      await sheet.filter({ hasText: "Let the plugin “weather-station” in?" }).waitFor();
      const text = await sheet.innerText();
      for (const line of [
        /Listens to:\s+• subscribe editor\.> — To see where you work\./,
        /Speaks through:\s+• message conversation\/notify/,
        /Acts by:\s+• call repoagent\/\* \(write\)/,
        /Spends:\s+• spend model/,
        /these only read\):\s+• forecast — Tells the weather of a place\./,
        /Its process wishes to:\s+• read the open folder\s+• read and write the open folder\/weather\s+• use the network/,
        /have Python packages installed \(\.\/requirements\.txt\)/,
      ])
        assert.match(text, line);
      await workbench.screenshot(`rows-sheet-${look}`);
      await sheet.getByRole("button", { name: "Cancel" }).click();
      await sheet.waitFor({ state: "hidden" });
    });

    it("say which one does not answer, with the offer to restart it", async () => {
      await workbench.ask("Parley: Run Plugin Command…", (questions) =>
        questions.pick("Run a plugin's command", "hanging"),
      );
      const offer = workbench.notification("The plugin “hanging” does not answer.");
      await offer.getByRole("button", { name: "Restart It" }).waitFor({ timeout: 90_000 });
      assert.match((await row(/^hanging, does not answer/).innerText()).replaceAll("\n", " "), /does not answer/);
      await workbench.screenshot(`rows-silent-${look}`);
      await offer.getByRole("button", { name: "Restart It" }).click();
      await row(/^hanging, running/).waitFor({ timeout: 30_000 });
    });
  });
