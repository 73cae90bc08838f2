import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../tools/paths.ts";
import { Conversation } from "../support/conversation.ts";
import { extensionsWith, type TestExtensions } from "../support/plugins.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

const themes = {
  dark: "Default Dark Modern",
  light: "Default Light Modern",
  contrast: "Default High Contrast",
  contrastLight: "Default High Contrast Light",
};

for (const [name, theme] of Object.entries(themes)) {
  describe(`the look of it all, ${name}`, () => {
    let extensions: TestExtensions;
    let workbench: Workbench;
    let conversation: Conversation;

    before(async () => {
      extensions = extensionsWith([join(root, "test", "browser", "faults", "plugins", "broken")]);
      workbench = await openWorkbench({
        extensions: extensions.folder,
        settings: { "workbench.colorTheme": theme, "workbench.reduceMotion": "on" },
        size: { width: 1200, height: 800 },
      });
      conversation = await Conversation.open(workbench);
    });
    after(async () => {
      await workbench?.close();
      extensions?.remove();
    });

    it("an approval beside the plugins, running, stopped and with a problem", async () => {
      await conversation.say("change withoutComments to dropComments in src/parser.ts");
      await conversation.approval().getByText("dropComments").first().waitFor();
      const { page } = workbench;
      await page.locator(".activitybar").getByRole("tab", { name: "Parley Plugins" }).click();
      const tree = page.getByRole("tree", { name: "Plugins" });
      await tree.getByRole("treeitem", { name: /^repoagent, running/ }).waitFor();
      await tree.getByRole("treeitem", { name: /^calculator, stopped/ }).waitFor();
      const broken = tree.getByRole("treeitem", { name: /^broken, .*offrs/ });
      await broken.waitFor();
      assert.match(await broken.innerText(), /invalid|problem/);
      await page.locator("#parley-dev\\.parley\\.parley\\.status, [id*='parley.status']").first().waitFor();
      await workbench.screenshot(`look-${name}-approval`);
    });

    it("the permissions of a plugin", async () => {
      await workbench.ask("Parley: Permissions…", async (questions) => {
        await questions.pick("The permissions of which plugin?", "sentinel");
        await questions.asked("What sentinel may do");
        await questions.rows("wake").first().waitFor({ timeout: 5_000 });
        await workbench.screenshot(`look-${name}-permissions`);
      });
      await workbench.questions.leave();
    });
  });
}
