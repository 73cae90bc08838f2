import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { isAlive } from "../../host/processes.ts";
import { scripts } from "../../support/openaiScripts.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import { until } from "../../support/until.ts";
import { root } from "../../tools/paths.ts";
import { Conversation } from "../support/conversation.ts";
import { extensionsWith, type TestExtensions } from "../support/plugins.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("work in the background when its window is reloaded", () => {
  let server: OpenAIServer;
  let extensions: TestExtensions;
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    server = await startOpenAIServer({ script: scripts["tool-loop"] ?? assert.fail() });
    extensions = extensionsWith([join(root, "test", "browser", "faults", "plugins", "longrun")]);
    const endpoint = { id: "tests", label: "Test server", baseURL: server.baseURL, model: "scripted" };
    workbench = await openWorkbench({
      extensions: extensions.folder,
      settings: { "parley.models.endpoints": [endpoint], "parley.model": "endpoint:tests" },
    });
    conversation = await Conversation.open(workbench);
  });
  after(async () => {
    await workbench?.close();
    extensions?.remove();
    await server?.close();
  });

  const row = () => conversation.view.locator(".tool").filter({ hasText: "Work for long" }).last();

  for (const [what, act] of [
    ["reload", async () => await workbench.reload()],
    [
      "kill of the extension host",
      async () => {
        const hosts = () => workbench.server.extensionHosts();
        await until("the host of the earlier window has ended", () => hosts().length === 1, { timeoutMs: 20_000 });
        process.kill(await workbench.extensionHost(), "SIGKILL");
      },
    ],
  ] as const) {
    it(`leaves no process behind, and its row and its caller say what became of it, after a ${what}`, async () => {
      await conversation.say("call longrun_begin {}");
      await conversation.settled();
      const line = row()
        .getByText(/a third is done by \d+ and \d+/)
        .first();
      await line.waitFor();
      const processes = ((await line.innerText()).match(/\d+/g) ?? []).map(Number);
      assert.equal(processes.length, 2);
      assert.ok(processes.every(isAlive));

      await act();
      await until("no process is left", () => !processes.some(isAlive), { timeoutMs: 10_000 });
      conversation = await Conversation.open(workbench);
      await until("its row says it", async () => /interrupted/.test(await row().innerText()), { timeoutMs: 60_000 });
      await workbench.screenshot(`faults-background-${what.split(" ")[0]}`);
      await conversation.say("call longrun_look {}");
      await conversation.settled();
      const answer = await conversation.lastAnswer();
      assert.match(answer, /"status":"interrupted"/);
      assert.match(answer, /"windowClosed"/);
    });
  }
});
