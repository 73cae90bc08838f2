import { after, before, describe, it } from "mocha";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("a rule of the person's about calls", () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench();
  });
  after(async () => await workbench.close());

  const calculate = () =>
    workbench.ask("Parley: Calculate (calculator)", async (questions) => {
      await questions.pick("Calculate: operation", "multiply");
      await questions.type("Calculate: a", "6");
      await questions.type("Calculate: b", "7");
    });

  it("is put together from what is there, and holds from the next call on", async () => {
    await workbench.ask("Parley: Add Rule…", async (questions) => {
      await questions.pick("Add a rule: Who calls?", "calculator");
      await questions.pick("Add a rule: Which offer do they call?", "hello/hello");
      await questions.pick("Add a rule: What then?", "Refuse it");
    });
    const added = workbench.notification("From now on: calculator may not call hello/hello.");
    await added.getByRole("button", { name: "Permissions…" }).waitFor();
    await workbench.screenshot("rule-added");
    await calculate();
    await workbench.notification(/42.*hello could not be called.*refused by the rule/s).waitFor();
    await workbench.screenshot("rule-refuses");
  });

  it("stands among the permissions of the plugin, and is gone when it is unchecked", async () => {
    await workbench.ask("Parley: Permissions…", async (questions) => {
      await questions.pick("The permissions of which plugin?", "calculator");
      await questions.asked("What calculator may do");
      const row = questions.rows("calculator may not call hello/hello").first();
      await row.waitFor({ timeout: 5_000 });
      await workbench.screenshot("rule-listed");
      await row.click({ timeout: 5_000 });
      await questions.widget.getByRole("button", { name: "OK" }).click({ timeout: 5_000 });
      await questions.widget.waitFor({ state: "hidden", timeout: 5_000 });
    });
    await calculate();
    await workbench.notification("Calculate: result: 42 · callee_plugin: hello").waitFor();
  });
});
