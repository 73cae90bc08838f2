import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { until } from "../../support/until.ts";
import { Conversation } from "../support/conversation.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("the main job in a real VS Code", () => {
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    workbench = await openWorkbench();
    conversation = await Conversation.open(workbench);
  });
  after(async () => await workbench.close());

  it("welcomes with three examples on the open folder, without a key", async () => {
    await conversation.view.getByRole("button", { name: "find where the parser handles comments" }).waitFor();
    await workbench.screenshot("main-welcome");
  });

  it("searches, reads and quotes the right file and line", async () => {
    await conversation.say("find where the parser handles comments");
    await conversation.settled();
    assert.deepEqual(await conversation.tools(), ["repo.search", "repo.file.read"]);
    assert.match(await conversation.lastAnswer(), /src\/parser\.ts:1[0-9]+/);
    await workbench.screenshot("main-search");
  });

  it("shows a diff and asks before writing, writes when allowed", async () => {
    const file = join(workbench.folder ?? "", "src/parser.ts");
    const earlier = readFileSync(file, "utf8");
    await conversation.say("change withoutComments to dropComments in src/parser.ts");
    const card = conversation.approval();
    await card.waitFor();
    await card.getByText("dropComments").first().waitFor();
    await workbench.screenshot("main-approval");
    assert.equal(readFileSync(file, "utf8"), earlier, "nothing is written before the answer");
    await card.getByRole("button", { name: /^Allow once/ }).click();
    await conversation.settled();
    assert.match(readFileSync(file, "utf8"), /dropComments/);
    await workbench.screenshot("main-changed");
  });

  it("shows calculator → hello as a nested row and in the activity", async () => {
    await conversation.say("add 5 and 3 with the calculator");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /\b8\b/);
    await conversation.view
      .getByRole("list", { name: /Calls made by Calculate/ })
      .last()
      .getByText("hello")
      .first()
      .waitFor();
    await workbench.command("Parley: Show Activity");
    const activity = conversation.view.getByRole("region", { name: "Plugin activity" });
    await activity.waitFor();
    await workbench.screenshot("main-activity");
    // The list draws what is in view, and what happened since may have moved the line out of it.
    await activity.getByLabel("Filter activity").fill("hello/hello");
    await activity
      .getByText(/calculator → hello\/hello/)
      .first()
      .waitFor();
    await activity.getByLabel("Filter activity").fill("");
    await workbench.command("Parley: Show Activity");
  });

  it("lets the Python monitor speak when there are enough messages", async () => {
    for (const text of ["say hello to Ada", "say hello to Grace", "say hello to Edsger"]) {
      await conversation.say(text);
      await conversation.settled();
    }
    await conversation.view
      .locator("article.message.plugin")
      .filter({ hasText: "conversation-monitor" })
      .waitFor({ timeout: 60_000 });
    await workbench.screenshot("main-monitor");
  });

  it("speaks first when a file is broken, and its button starts a turn on exactly that", async () => {
    await workbench.openFile("src/main.js");
    await workbench.typeInEditor("function broken( {\n");
    const message = conversation.view.locator("article.message.plugin").filter({ hasText: "sentinel" });
    await message.waitFor({ timeout: 30_000 });
    await workbench.screenshot("main-sentinel");
    await message.getByRole("button", { name: "Fix" }).click();
    await conversation.view.locator("article.message.plugin").filter({ hasText: "started a turn" }).waitFor();
    await conversation.settled();
    await workbench.screenshot("main-fix");
  });

  it("loses nothing over a reload of the window", async () => {
    const before = await conversation.saidTexts();
    assert.ok(before.length >= 6);
    await workbench.reload();
    await workbench.command("Parley: Open Conversation");
    await until("the conversation is back", async () => (await conversation.saidTexts()).length >= before.length, {
      timeoutMs: 60_000,
    });
    assert.deepEqual(await conversation.saidTexts(), before);
    await workbench.screenshot("main-reloaded");
  });

  it("keeps the history: a new conversation, and the old one found again by a word in it", async () => {
    await workbench.command("Parley: New Conversation");
    await conversation.view.getByRole("heading", { name: "Ask about sample" }).waitFor();
    await workbench.command("Parley: Show History");
    const panel = conversation.view.getByRole("region", { name: "Conversations" });
    await panel.getByLabel("Search conversations").fill("parser");
    await panel.getByText("find where the parser handles comments").first().click();
    await until("it is open", async () =>
      (await conversation.saidTexts()).includes("find where the parser handles comments"),
    );
    await workbench.screenshot("main-history");
  });

  it("leaves no process behind when the window closes", async () => {
    assert.ok(workbench.children().length > 0, "plugins are running");
  });
});

describe("the first minute", () => {
  it("shows the conversation by itself when Parley is new, and leaves the focus where it is", async () => {
    const workbench = await openWorkbench();
    try {
      await workbench.webview().getByRole("heading", { name: "Ask about sample" }).waitFor({ timeout: 60_000 });
      await workbench.screenshot("main-first-minute");
      const focused = await workbench.page.evaluate(() => document.activeElement?.tagName);
      assert.notEqual(focused, "IFRAME");
    } finally {
      await workbench.close();
    }
  });
});
