import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../tools/paths.ts";
import { Conversation } from "../support/conversation.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("a plugin that asks, speaks up and stands in the way", () => {
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    const folder = join(root, "test", "browser", "product", "plugins", "keeper");
    workbench = await openWorkbench({
      size: { width: 1000, height: 760 },
      settings: { "parley.plugins.folders": [folder] },
    });
    conversation = await Conversation.open(workbench);
    await workbench.ask("Parley: Review Plugin…", (questions) => questions.pick("Review which plugin?", "keeper"));
    await workbench.page.locator(".monaco-dialog-box").getByRole("button", { name: "Let It In" }).click();
    await conversation.say("say hello to Ada");
    await conversation.settled();
  });
  after(async () => {
    await workbench?.close();
  });

  it("is asked about at its first act, and its notification is read in full, with the way to its rights", async () => {
    await workbench.ask("Parley: Run Plugin Command…", (questions) =>
      questions.pick("Run a plugin's command", "Speak up"),
    );
    const card = conversation.approval();
    await card.getByText("keeper").first().waitFor();
    await workbench.screenshot("keeper-first-use");
    await card.getByRole("button", { name: /^Allow once/ }).click();
    const said = workbench.notification(/keeper: The nightly build .* has not answered for an hour\./);
    const button = said.getByRole("button", { name: "Permissions…" });
    await button.waitFor();
    await workbench.screenshot("keeper-notification");
    await button.click();
    await workbench.questions.asked("What keeper may do");
    await workbench.questions.rows("act ui/notify").first().waitFor();
    await workbench.screenshot("keeper-permissions");
    await workbench.questions.leave();
  });

  it("keeps a conversation, which is said where it can be read", async () => {
    await conversation.view.getByRole("button", { name: "Conversations", exact: true }).click();
    const panel = conversation.view.getByRole("region", { name: "Conversations" });
    await panel.getByRole("button", { name: "Delete say hello to Ada" }).press("Enter");
    await panel.getByRole("button", { name: "Delete", exact: true }).press("Enter");
    const said = workbench.notification(
      /Deleting the conversation was blocked by keeper: The team keeps its conversations for a year\./,
    );
    await said.getByRole("button", { name: "Show Activity" }).waitFor();
    await workbench.screenshot("keeper-kept");
    await panel.getByText("say hello to Ada").first().waitFor();
    await panel.getByText("say hello to Ada").first().click();
    assert.match(await conversation.lastAnswer(), /Ada/);
  });
});
