import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { until } from "../../support/until.ts";
import { Conversation } from "../support/conversation.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("what plugins offer to the command palette", () => {
  let workbench: Workbench;
  let conversation: Conversation;
  before(async () => {
    workbench = await openWorkbench();
    conversation = await Conversation.open(workbench);
  });
  after(async () => await workbench.close());

  const picker = () => workbench.page.locator(".quick-input-widget");
  const input = () => picker().locator("input").first();

  /** Answers the questions for the calculator's arguments. */
  async function calculate(operation: string, a: string, b: string): Promise<void> {
    await picker().locator(".monaco-list-row").filter({ hasText: operation }).first().click();
    for (const [name, value] of [
      ["a", a],
      ["b", b],
    ] as const) {
      await picker().getByText(`Calculate: ${name}`).first().waitFor();
      await input().fill(value);
      await input().press("Enter");
    }
  }

  it("has an entry of its own for each bundled offer, which asks for its arguments and shows the result", async () => {
    await workbench.command("Parley: Calculate (calculator)");
    await calculate("multiply", "6", "7");
    await workbench.notification(/Calculate: .*42.*hello/).waitFor();
    await workbench.screenshot("palette-result");
    const row = conversation.view.locator(".tool-row").filter({ hasText: "Calculate" }).first();
    await row.waitFor();
  });

  it("is found in one list, with its plugin and its description", async () => {
    await workbench.command("Parley: Run Plugin Command…");
    await picker().locator(".monaco-list-row").filter({ hasText: "conversation-monitor" }).first().waitFor();
    await workbench.screenshot("palette-list");
    await picker().locator(".monaco-list-row").filter({ hasText: "calculator" }).first().click();
    await calculate("divide", "1", "0");
    await workbench.notification(/1 cannot be divided by zero\..*Give a divisor other than 0\./).waitFor();
  });

  it("asks before it runs what changes something and needs no arguments", async () => {
    await workbench.command("Parley: Silence the sentinel (sentinel)");
    await picker().getByText("Silence the sentinel: silent (optional)").first().waitFor();
    await input().press("Enter");
    const dialog = workbench.page.locator(".monaco-dialog-box");
    await dialog.filter({ hasText: "Run “Silence the sentinel” of sentinel?" }).waitFor();
    await workbench.screenshot("palette-confirm");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "hidden" });
  });

  it("debugs a plugin that Node runs, and lets it run without the debugger afterwards", async () => {
    const { page } = workbench;
    await workbench.command("Parley: Debug Plugin…");
    await picker().locator('.monaco-list-row[aria-label^="hello"]').first().click();
    await page.locator(".debug-toolbar").waitFor({ timeout: 60_000 });
    const inspected = () => workbench.children().filter(({ command }) => command.includes("--inspect=127.0.0.1:0"));
    await until("it runs under the inspector", () => inspected().length === 1);
    await workbench.screenshot("palette-debug");
    await workbench.command("Debug: Disconnect");
    await until("it runs without it", () => inspected().length === 0, { timeoutMs: 30_000 });
    assert.equal(await page.locator(".debug-toolbar").isVisible(), false);
  });
});
