import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../tools/paths.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("the arguments of a plugin's command", () => {
  let workbench: Workbench;

  before(async () => {
    const folder = join(root, "test", "browser", "product", "plugins", "orders");
    workbench = await openWorkbench({ settings: { "parley.plugins.folders": [folder] } });
    await workbench.ask("Parley: Review Plugin…", (questions) => questions.pick("Review which plugin?", "orders"));
    await workbench.page.locator(".monaco-dialog-box").getByRole("button", { name: "Let It In" }).click();
  });
  after(async () => {
    await workbench?.close();
  });

  it("are asked for as their types want, and again with what was typed where the whole does not fit", async () => {
    await workbench.ask("Parley: Run Plugin Command…", async (questions) => {
      await questions.pick("Run a plugin's command", "Takes an order");
      await questions.pick("Order: kind (1/6)", "book");
      await questions.type("Order: code (2/6)", "qa1");
      await questions.asked("Order: cover (optional, 3/6)");
      const first = await questions.widget.locator(".quick-input-list .monaco-list-row").first().innerText();
      assert.match(first, /hard\s*default/);
      await questions.pick("Order: cover (optional, 3/6)", "soft");
      await questions.asked("Order: copies (4/6)");
      await questions.input.fill("0", { timeout: 5_000 });
      const wanted = questions.widget.getByText("Type a whole number of at least 1, or null.");
      await wanted.waitFor({ timeout: 5_000 });
      await questions.type("Order: copies (4/6)", "3");
      await questions.type("Order: tags (optional, 5/6)", '["new"]');
      await questions.type("Order: note (6/6)", "7");

      await questions.pick("Order: kind (1/6)", "book");
      await questions.asked("Order: code (2/6)");
      await questions.widget.getByText(/Not taken: "code" must match the pattern .* · Of the shelf\./).waitFor({
        timeout: 5_000,
      });
      assert.equal(await questions.input.inputValue(), "qa1");
      await workbench.screenshot("forms-again");
      await questions.type("Order: code (2/6)", "QA1");
      await questions.pick("Order: cover (optional, 3/6)", "soft");
      for (const title of ["copies (4/6)", "tags (optional, 5/6)", "note (6/6)"]) {
        await questions.asked(`Order: ${title}`);
        await questions.input.press("Enter", { timeout: 5_000 });
      }
    });
    const result = '{"kind":"book","code":"QA1","cover":"soft","copies":3,"tags":["new"],"note":"7"}';
    await workbench.notification(`Order: ${result}`).waitFor();
  });
});
