import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { until } from "../../support/until.ts";
import { Conversation } from "../support/conversation.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("the person's copy of what happened", () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench();
    const conversation = await Conversation.open(workbench);
    await conversation.say("add 5 and 3 with the calculator");
    await conversation.settled();
  });
  after(async () => await workbench?.close());

  /** Exports, with the place that the dialogue for saving proposes; answers the file. */
  async function exported(what: string, form: string, file: string): Promise<string> {
    const path = join(workbench.folder ?? "", file);
    await workbench.ask("Parley: Export Activity…", async (questions) => {
      await questions.pick("Export Activity: what?", what);
      await questions.pick("Export Activity: as what?", form);
      await questions.asked("Export Activity");
      await until("the place is proposed", async () => (await questions.input.inputValue()).endsWith(file), {
        timeoutMs: 5_000,
      });
      await workbench.screenshot(`export-save-${file.replace(".", "-")}`);
      await questions.input.press("Enter", { timeout: 5_000 });
      await until("it is written", () => existsSync(path), { timeoutMs: 5_000 });
    });
    await workbench.notification(`${file}.`).getByRole("button", { name: "Open" }).waitFor();
    return readFileSync(path, "utf8");
  }

  it("is JSON lines of everything, and opens at a button", async () => {
    const text = await exported("Everything", "JSON lines", "activity.jsonl");
    const rows = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    for (const type of ["plugin.activated", "call.ended", "agent.end"])
      assert.ok(
        rows.some((each) => each.type === type),
        `${type} among ${[...new Set(rows.map((each) => each.type))].join(", ")}`,
      );
    await workbench.notification("activity.jsonl").getByRole("button", { name: "Open" }).click();
    await workbench.page.locator(".tab.active").filter({ hasText: "activity.jsonl" }).waitFor();
  });

  it("is a table of this conversation alone", async () => {
    const [head = "", ...rows] = (await exported("This conversation", "Comma-separated", "activity.csv")).split("\n");
    assert.match(head, /type/);
    assert.ok(rows.some((line) => line.includes("calculator")));
  });

  it("is a page of who called what, drawn and not to be saved", async () => {
    await workbench.command("Parley: Show Call Metrics");
    const tab = workbench.page.locator(".tab.active").filter({ hasText: "Call Metrics" });
    await tab.waitFor();
    const page = workbench.page.frameLocator('iframe.webview[src*="vscode.markdown-language-features"]');
    const table = page.frameLocator("#active-frame").getByRole("table");
    await table.getByText("hello/hello").first().waitFor();
    await workbench.screenshot("export-metrics");
    assert.doesNotMatch((await tab.getAttribute("class")) ?? "", /dirty/);
  });
});
