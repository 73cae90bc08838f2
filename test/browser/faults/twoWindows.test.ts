import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { Page } from "playwright-core";
import { until } from "../../support/until.ts";
import { Conversation } from "../support/conversation.ts";
import { openWorkbench, type Workbench, webviewOf } from "../support/workbench.ts";

describe("two windows on one server", () => {
  let workbench: Workbench;
  let second: Page;
  let first: Conversation;
  let other: Conversation;

  before(async () => {
    workbench = await openWorkbench();
    first = await Conversation.open(workbench);
    await first.say("say hello to Ada");
    await first.settled();
    second = await workbench.secondWindow();
    await until("each has its extension host", () => workbench.server.extensionHosts().length === 2, {
      timeoutMs: 60_000,
    });
    other = new Conversation(webviewOf(second));
    // The keys do nothing before the workbench knows the extension's keybindings.
    await until(
      "its conversation is open",
      async () => {
        await second.keyboard.press("ControlOrMeta+Alt+p");
        await other.composer.waitFor({ timeout: 5_000 });
        return true;
      },
      { timeoutMs: 60_000 },
    );
  });
  after(async () => await workbench?.close());

  it("both answer, at the same time", async () => {
    await Promise.all([
      first.say("add 5 and 3 with the calculator"),
      (async () => {
        await other.view.getByRole("button", { name: "New conversation" }).click();
        await other.view.getByRole("heading", { name: "Ask about sample" }).waitFor();
        await other.say("multiply 6 by 7");
      })(),
    ]);
    await Promise.all([first.settled(), other.settled()]);
    assert.match(await first.lastAnswer(), /\b8\b/);
    assert.match(await other.lastAnswer(), /\b42\b/);
  });

  it("each shows its own conversation and nothing of the other's", async () => {
    assert.deepEqual(await first.saidTexts(), ["say hello to Ada", "add 5 and 3 with the calculator"]);
    assert.deepEqual(await other.saidTexts(), ["multiply 6 by 7"]);
  });

  it("both find both conversations in the history, and can open the other's", async () => {
    for (const conversation of [first, other]) {
      await conversation.view.getByRole("button", { name: "Conversations", exact: true }).click();
      const panel = conversation.view.getByRole("region", { name: "Conversations" });
      await panel.getByText("say hello to Ada").first().waitFor();
      await panel.getByText("multiply 6 by 7").first().waitFor();
    }
    await second.screenshot({ path: workbench.picture("faults-two-windows") });
    await other.view.getByRole("region", { name: "Conversations" }).getByText("say hello to Ada").first().click();
    await until("it is open", async () => (await other.saidTexts()).includes("add 5 and 3 with the calculator"));
    await first.view.getByRole("button", { name: "Conversations", exact: true }).click();
  });

  it("goes on in one when the other is closed", async () => {
    await second.goto("about:blank");
    await until("its host has ended", () => workbench.server.extensionHosts().length === 1, { timeoutMs: 20_000 });
    await first.say("say hello to Grace");
    await first.settled();
    assert.match(await first.lastAnswer(), /Grace/);
  });
});
