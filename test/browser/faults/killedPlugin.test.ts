import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { scripts } from "../../support/openaiScripts.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import { slowdown } from "../../support/slowdown.ts";
import { until } from "../../support/until.ts";
import { root } from "../../tools/paths.ts";
import { Conversation } from "../support/conversation.ts";
import { extensionsWith, storageOf, type TestExtensions } from "../support/plugins.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("a plugin that is killed in the middle of a call", () => {
  let server: OpenAIServer;
  let extensions: TestExtensions;
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    server = await startOpenAIServer({ script: scripts["tool-loop"] ?? assert.fail() });
    extensions = extensionsWith([join(root, "test", "browser", "faults", "plugins", "slow")]);
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

  /** The process of the last line that the plugin wrote about this, and how many such lines there are. */
  function happened(what: "began" | "called" | "heard"): { pid: number; times: number } {
    let text = "";
    try {
      text = readFileSync(join(storageOf(workbench.profile), "plugins", "slow", "happened"), "utf8");
    } catch {
      // It has not begun yet.
    }
    const lines = text.split("\n").filter((line) => line.startsWith(`${what} `));
    return { pid: Number(lines.at(-1)?.split(" ")[1] ?? 0), times: lines.length };
  }

  it("is said in the call's row, the plugin is back within 2 s with its offers, and the turn goes on", async () => {
    await conversation.say('call slow_work {"wait":true}');
    await until("the call has reached the plugin", () => happened("called").times === 1);
    const first = happened("called").pid;
    process.kill(first, "SIGKILL");
    const killedAt = performance.now();

    await until("the plugin is back", () => happened("began").times === 2, { timeoutMs: 30_000 });
    const tookMs = performance.now() - killedAt;
    const slower = slowdown();
    assert.ok(
      tookMs <= 2_000 * slower,
      `it was back after ${Math.round(tookMs)} ms, ${slower.toFixed(1)} times slower`,
    );
    assert.notEqual(happened("began").pid, first);

    await conversation.settled();
    const row = conversation.view.locator(".tool.failed").last();
    assert.match(await row.innerText(), /Plugin "slow" was ended by SIGKILL/);
    assert.match(await conversation.lastAnswer(), /The tools answered:[\s\S]*Plugin "slow" was ended by SIGKILL/);
    await workbench.screenshot("faults-killed-plugin");
  });

  it("hears its events again, without being called first", async () => {
    const { pid } = happened("began");
    await conversation.say("Hello");
    await conversation.settled();
    await until("the end of that turn was heard", () => happened("heard").pid === pid);
  });

  it("answers again, by the offer of its manifest and by the one that it declares while it runs", async () => {
    const { pid } = happened("began");
    await conversation.say("call slow_work {}\nthen\ncall slow_later {}");
    await conversation.settled();
    const answer = await conversation.lastAnswer();
    assert.equal(answer.split(`"pid":${pid}`).length - 1, 2, answer);
  });

  it("holds for a bundled plugin too, killed while nobody calls it", async () => {
    await conversation.say('call repo_file_read {"path":"README.md"}');
    await conversation.settled();
    const repoagent = () => workbench.children().find(({ command }) => /plugins\/repoagent\//.test(command))?.pid ?? 0;
    const first = repoagent();
    assert.ok(first > 0);
    process.kill(first, "SIGKILL");
    await until("it is back", () => repoagent() > 0 && repoagent() !== first, {
      timeoutMs: 2_000 * slowdown(),
    });
    await conversation.say('call repo_file_read {"path":"package.json"}');
    await conversation.settled();
    assert.match(await conversation.lastAnswer(), /"name"/);
  });
});
