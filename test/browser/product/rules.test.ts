import { after, before, describe, it } from "mocha";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("a rule of the person's about calls", () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench();
  });
  after(async () => await workbench.close());

  const picker = () => workbench.page.locator(".quick-input-widget");
  const choose = async (title: string, row: string) => {
    await picker().locator(".quick-input-title").filter({ hasText: title }).waitFor();
    await picker().locator("input").first().fill(row);
    await picker().locator(".monaco-list-row").filter({ hasText: row }).first().click();
  };
  async function calculate(): Promise<void> {
    await workbench.command("Parley: Calculate (calculator)");
    await picker().locator(".monaco-list-row").filter({ hasText: "multiply" }).first().click();
    for (const [name, value] of [
      ["a", "6"],
      ["b", "7"],
    ] as const) {
      await picker().getByText(`Calculate: ${name}`).first().waitFor();
      await picker().locator("input").first().fill(value);
      await picker().locator("input").first().press("Enter");
    }
  }

  it("is put together from what is there, and holds from the next call on", async () => {
    await workbench.command("Parley: Add Rule…");
    await choose("Who calls?", "calculator");
    await choose("Which offer do they call?", "hello/hello");
    await choose("What then?", "Refuse it");
    await workbench.notification(/the rule holds from now on/).waitFor();
    await calculate();
    await workbench.notification(/42.*hello could not be called.*refused by the rule/s).waitFor();
    await workbench.screenshot("rule-refuses");
  });

  it("stands among the permissions of the plugin, and is gone when it is unchecked", async () => {
    await workbench.command("Parley: Permissions…");
    await choose("Which plugin?", "calculator");
    await picker().locator(".quick-input-title").filter({ hasText: "What calculator may do" }).waitFor();
    const row = picker().locator(".monaco-list-row").filter({ hasText: "plugin:calculator: deny call hello/hello" });
    await row.first().waitFor();
    await workbench.screenshot("rule-listed");
    await row.first().click();
    await workbench.page.keyboard.press("Enter");
    await picker().waitFor({ state: "hidden" });
    await calculate();
    await workbench.notification(/42.*"hello"/s).waitFor();
  });
});
