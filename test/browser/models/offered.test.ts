import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../tools/paths.ts";
import { Conversation } from "../support/conversation.ts";
import { extensionsWith, type TestExtensions } from "../support/plugins.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("a model that another extension offers", () => {
  let extensions: TestExtensions;
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    extensions = extensionsWith([], [join(root, "test", "host", "fixtures", "lm-provider")]);
    workbench = await openWorkbench({ extensions: extensions.folder });
    conversation = await Conversation.open(workbench);
  });
  after(async () => {
    await workbench?.close();
    extensions?.remove();
  });

  it("is chosen in the model picker with the keyboard", async () => {
    const { questions } = workbench;
    await questions.through("the model is chosen", async () => {
      await conversation.view.getByRole("button", { name: /^No model/ }).press("Enter", { timeout: 5_000 });
      await questions.asked("Choose a Model");
      await questions.rows("Scripted, small").first().waitFor({ timeout: 5_000 });
      await workbench.screenshot("models-picker");
      await questions.choose("Choose a Model", "Scripted, small");
    });
    await conversation.view.getByRole("button", { name: /^Model: Scripted, small/ }).waitFor();
  });

  it("answers, and its tool calls run", async () => {
    await conversation.say("Hello there");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /You said: Hello there/);
    await conversation.say('call repo_file_read {"path":"src/parser.ts","limit":1}');
    await conversation.settled();
    assert.deepEqual(await conversation.tools(), ["repo.file.read"]);
    assert.match(await conversation.lastAnswer(), /The tools answered: [\s\S]*BinaryOperator/);
    await workbench.screenshot("models-offered");
  });

  it("says in the conversation why it failed, and the next message is answered", async () => {
    await conversation.say("fail the provider has no more ink");
    await conversation.settled();
    const notice = conversation.view.locator("aside.notice").last();
    assert.match(await notice.innerText(), /no more ink/);
    await conversation.say("And now?");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /You said: And now\?/);
  });

  it("is stopped at once", async () => {
    await conversation.say("hang");
    await conversation.view.locator("article.message.assistant").last().getByText("Well").waitFor();
    await conversation.view.getByRole("button", { name: /^Stop/ }).click();
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /Well/);
  });
});
