import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
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
        return [{ text: summarise ? "The door is to be **blue**." : long }, { finish: "stop" }];
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
      name: /^Shortened for the model: \d+ messages became a summary/,
    });
    await line.first().click();
    await conversation.view.locator("article.summary strong", { hasText: "blue" }).first().waitFor();
    await workbench.screenshot("models-shortened");
    assert.match(JSON.stringify(server.requests.at(-1)?.body), /The door is to be \*\*blue\*\*/);
    await conversation.view.locator("article.message.user").filter({ hasText: wanted }).waitFor();
  });

  it("is shortened when the person asks, with what they want kept", async () => {
    const { page } = workbench;
    await workbench.command("Parley: Shorten the Conversation for the Model…");
    await page.locator(".quick-input-title").filter({ hasText: "Shorten the Conversation" }).waitFor();
    await page.keyboard.type("every colour");
    const before = server.requests.length;
    const summaries = conversation.view.locator("article.summary");
    const known = await summaries.count();
    await page.keyboard.press("Enter");
    await summaries.nth(known).waitFor();
    assert.match(JSON.stringify(server.requests[before]?.body), /Mind this besides: every colour/);
  });
});
