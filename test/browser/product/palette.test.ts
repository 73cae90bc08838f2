import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { until } from "../../support/until.ts";
import { Conversation } from "../support/conversation.ts";
import type { Questions } from "../support/questions.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("what plugins offer to the command palette", () => {
  let workbench: Workbench;
  let conversation: Conversation;
  before(async () => {
    workbench = await openWorkbench();
    conversation = await Conversation.open(workbench);
  });
  after(async () => await workbench.close());

  /** Answers the questions for the calculator's arguments. */
  const calculate = (operation: string, a: string, b: string) => async (questions: Questions) => {
    await questions.pick("Calculate: operation (1/3)", operation);
    await questions.type("Calculate: a (2/3)", a);
    await questions.type("Calculate: b (3/3)", b);
  };

  it("has an entry of its own for each bundled offer, which asks for its arguments and shows the result", async () => {
    await workbench.ask("Parley: Calculate (calculator)", calculate("multiply", "6", "7"));
    const result = workbench.notification("Calculate: result: 42 · callee_plugin: hello");
    await result.getByRole("button", { name: "Open" }).waitFor();
    await workbench.screenshot("palette-result");
    const row = conversation.view.locator(".tool-row").filter({ hasText: "Calculate" }).first();
    await row.waitFor();
  });

  it("is found in one list, with its plugin and its description", async () => {
    await workbench.ask("Parley: Run Plugin Command…", async (questions) => {
      await questions.rows("conversation-monitor").first().waitFor({ timeout: 5_000 });
      await workbench.screenshot("palette-list");
      await questions.pick("Run a plugin's command", "calculator");
      await calculate("divide", "1", "0")(questions);
    });
    const said = workbench.notification(/1 cannot be divided by zero\..*Give a divisor other than 0\./);
    await said.getByRole("button", { name: "Show Log" }).waitFor();
  });

  it("says while one types what a number must be, and takes nothing else", async () => {
    const { questions } = workbench;
    await workbench.ask("Parley: Calculate (calculator)", async () => {
      await questions.pick("Calculate: operation (1/3)", "add");
      await questions.asked("Calculate: a (2/3)");
      await questions.input.fill("six", { timeout: 5_000 });
      await questions.widget.getByText("Type a number.").waitFor({ timeout: 5_000 });
      await questions.input.press("Enter", { timeout: 5_000 });
      await workbench.screenshot("palette-number");
      await questions.type("Calculate: a (2/3)", "6");
      await questions.type("Calculate: b (3/3)", "1");
    });
    await workbench.notification("Calculate: result: 7 ").waitFor();
  });

  it("asks before it runs what changes something and needs no arguments", async () => {
    await workbench.ask("Parley: Silence the sentinel (sentinel)", async (questions) => {
      await questions.asked("Silence the sentinel: silent (optional)");
      for (const choice of ["Yes", "No"]) await questions.rows(choice).first().waitFor({ timeout: 5_000 });
      await questions.pick("Silence the sentinel: silent (optional)", "Leave it out");
    });
    const dialog = workbench.page.locator(".monaco-dialog-box");
    await dialog.filter({ hasText: "Run “Silence the sentinel” of sentinel?" }).waitFor();
    await workbench.screenshot("palette-confirm");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "hidden" });
  });

  it("debugs a plugin that Node runs, and lets it run without the debugger afterwards", async () => {
    const { page } = workbench;
    await workbench.ask("Parley: Debug Plugin…", async (questions) => {
      await questions.asked("Debug which plugin?");
      assert.equal(await questions.rows("conversation-monitor").count(), 0, "that one is run by Python");
      await questions.pick("Debug which plugin?", "The smallest plugin there is");
    });
    await page.locator(".debug-toolbar").waitFor({ timeout: 60_000 });
    const inspected = () => workbench.children().filter(({ command }) => command.includes("--inspect=127.0.0.1:0"));
    await until("it runs under the inspector", () => inspected().length === 1);
    await workbench.screenshot("palette-debug");
    await workbench.command("Debug: Disconnect");
    await until("it runs without it", () => inspected().length === 0, { timeoutMs: 30_000 });
    await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
  });
});
