import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import { until } from "../../support/until.ts";
import { Conversation } from "../support/conversation.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

const wanted = "Paint the door blue.";
const long = "A long answer. ".repeat(120);

describe("a long conversation in a real VS Code", () => {
  let server: OpenAIServer;
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    server = await startOpenAIServer({
      script: ({ messages }) => {
        const summarise = String(messages[0]?.content).startsWith("You shorten the record");
        const last = String(messages.at(-1)?.content) === "And the roof?";
        const text = summarise ? "The door is to be **blue**." : last ? "Leave it." : long;
        const prompt = Math.ceil(JSON.stringify(messages).length / 4);
        return [{ text }, { finish: "stop", usage: { prompt, completion: Math.ceil(text.length / 4) } }];
      },
    });
    const endpoint = { id: "small", label: "Small window", baseURL: server.baseURL, model: "m", contextWindow: 1_000 };
    workbench = await openWorkbench({
      settings: { "parley.models.endpoints": [endpoint], "parley.model": "endpoint:small" },
    });
    conversation = await Conversation.open(workbench);
  });
  after(async () => {
    await workbench?.close();
    await server?.close();
  });

  it("is shortened for the model, and says so in the conversation", async () => {
    for (const text of [wanted, "And the fence?", "And the roof?"]) {
      await conversation.say(text);
      await conversation.settled();
    }
    const line = conversation.view.getByRole("button", {
      name: /^Summary for the model · \d+ messages?/,
    });
    await line.first().click();
    await conversation.view.locator("article.summary strong", { hasText: "blue" }).first().waitFor();
    await workbench.screenshot("models-shortened");
    assert.match(JSON.stringify(server.requests.at(-1)?.body), /The door is to be \*\*blue\*\*/);
    const first = conversation.view.locator("article.message.user").filter({ hasText: wanted });
    await until("the first message is scrolled to", async () => {
      await conversation.view.locator("article.message").first().hover({ timeout: 1_000 });
      await workbench.page.mouse.wheel(0, -2_000);
      return await first.isVisible();
    });
    await conversation.view.getByRole("button", { name: "Jump to latest" }).click();
    await line.first().waitFor();
  });

  it("is shortened when the person asks, with what they want kept", async () => {
    const { page } = workbench;
    await workbench.command("Parley: Shorten the Conversation for the Model…");
    await page.locator(".quick-input-title").filter({ hasText: "Shorten the Conversation" }).waitFor();
    await page.keyboard.type("every colour");
    const before = server.requests.length;
    await page.keyboard.press("Enter");
    await conversation.view.getByRole("button", { name: "Summary for the model · 5 messages" }).waitFor();
    assert.match(JSON.stringify(server.requests[before]?.body), /Mind this besides: every colour/);
  });
});
