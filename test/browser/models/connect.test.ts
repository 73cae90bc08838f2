import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { scripts } from "../../support/openaiScripts.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import { until } from "../../support/until.ts";
import { Conversation } from "../support/conversation.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

const key = "sk-parley-browser-5f1d0c9a7e3b";

describe("a key, from the keyboard to the secret storage", () => {
  let server: OpenAIServer;
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    server = await startOpenAIServer({ script: scripts.echo ?? assert.fail(), key, models: ["big", "small"] });
    workbench = await openWorkbench();
    conversation = await Conversation.open(workbench);
  });
  after(async () => {
    await workbench?.close();
    await server?.close();
  });

  it("is asked for by Parley: Connect a Model…, and the first answer comes with it", async () => {
    await workbench.ask("Parley: Connect a Model…", async (questions) => {
      await questions.choose("Connect a Model", "OpenAI-compatible");
      await questions.asked("OpenAI-compatible endpoint");
      await questions.input.fill("nonsense", { timeout: 5_000 });
      await questions.widget.getByText("not an http or https URL").waitFor({ timeout: 5_000 });
      await workbench.screenshot("models-connect-address");
      await questions.type("OpenAI-compatible endpoint", server.baseURL);
      await questions.asked("Key for 127.0.0.1");
      assert.equal(await questions.input.getAttribute("type"), "password");
      await questions.input.fill(key, { timeout: 5_000 });
      await workbench.screenshot("models-connect-key");
      await questions.type("Key for 127.0.0.1", key);
      await questions.choose("Which model?", "small");
    });

    await conversation.view.getByRole("button", { name: /^Model: small/ }).waitFor();
    await conversation.say("Hello");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /You said: Hello/);
    assert.equal(server.requests.at(-1)?.headers.authorization, `Bearer ${key}`);
  });

  it("is used again after a reload of the window, and not asked for", async () => {
    const requests = server.requests.length;
    await workbench.reload();
    conversation = await Conversation.open(workbench);
    await conversation.say("Still there?");
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /You said: Still there\?/);
    assert.ok(server.requests.length > requests);
    assert.equal(server.requests.at(-1)?.headers.authorization, `Bearer ${key}`);
  });

  it("stands in no file in clear: database, logs, settings and the browser's profile included", async () => {
    const address = new URL(server.baseURL).host;
    await until("the settings are written", () => filesWith(workbench.profile, address).length > 0);
    assert.ok(filesWith(workbench.profile, "Still there?").some((file) => /parley\.db/.test(file)));
    assert.deepEqual(filesWith(workbench.profile, key), []);
  });

  it("is forgotten with its endpoint", async () => {
    await workbench.ask("Parley: Connect a Model…", async (questions) => {
      await questions.choose("Connect a Model", "small (");
      await questions.rows("Remove it and its key").first().waitFor({ timeout: 5_000 });
      await questions.choose("small", "Remove");
    });
    await conversation.view.getByRole("button", { name: /^No model/ }).waitFor();
    assert.deepEqual(filesWith(join(workbench.profile, "server", "data", "Machine"), address(server)), []);
  });
});

const address = (server: OpenAIServer) => new URL(server.baseURL).host;

/** The files below a folder that hold a text, in UTF-8 or UTF-16. */
function filesWith(folder: string, text: string): string[] {
  const wanted = [Buffer.from(text), Buffer.from(text, "utf16le")];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      try {
        const content = readFileSync(file);
        return wanted.some((each) => content.includes(each));
      } catch {
        return false; // It was removed while we looked.
      }
    });
}
