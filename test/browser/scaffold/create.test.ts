import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { scripts } from "../../support/openaiScripts.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import { slowdown } from "../../support/slowdown.ts";
import { until } from "../../support/until.ts";
import { Conversation } from "../support/conversation.ts";
import { openWorkbench, type Workbench } from "../support/workbench.ts";

describe("making plugins in a real VS Code", function () {
  this.timeout(180_000);
  let server: OpenAIServer;
  let workbench: Workbench;
  let conversation: Conversation;

  before(async () => {
    server = await startOpenAIServer({ script: scripts["tool-loop"] ?? assert.fail() });
    const endpoint = { id: "tests", label: "Test server", baseURL: server.baseURL, model: "scripted" };
    workbench = await openWorkbench({
      settings: { "parley.models.endpoints": [endpoint], "parley.model": "endpoint:tests" },
    });
    conversation = await Conversation.open(workbench);
    await workbench.page.locator('.activitybar [aria-label^="Parley Plugins"]').first().click();
  });
  after(async () => {
    await workbench?.close();
    await server?.close();
  });

  const row = (name: string) => workbench.page.locator(`.pane-body [role="treeitem"][aria-label^="${name}"]`).first();
  const file = (path: string) => join(workbench.folder ?? "", ".parley", "plugins", path);

  async function letIn(name: string): Promise<void> {
    const sheet = workbench.page.locator(".monaco-dialog-box");
    await sheet.filter({ hasText: `Let the plugin “${name}” in?` }).waitFor({ timeout: 30_000 });
    await workbench.screenshot(`scaffold-sheet-${name}`);
    await sheet.getByRole("button", { name: "Let It In" }).click();
  }

  for (const [language, main] of [
    ["TypeScript", "main.ts"],
    ["Python", "main.py"],
  ] as const) {
    it(`has a sample in ${language} running a minute after the command, and runs it anew when it is edited`, async () => {
      const { page } = workbench;
      const name = `${language.toLowerCase()}-words`;
      const started = performance.now();
      await workbench.ask("Parley: Create Plugin…", async (questions) => {
        await questions.pick("Create a plugin (1/4)", language);
        await questions.asked("Create a plugin (2/4)");
        await questions.input.fill("Not A Name", { timeout: 5_000 });
        await questions.widget.getByText(/1 to 64 of a–z/).waitFor({ timeout: 5_000 });
        await questions.type("Create a plugin (2/4)", name);
        await questions.type("Create a plugin (3/4)", "Counts words.");
        await questions.pick("Create a plugin (4/4)", "This folder");
      });
      await letIn(name);
      await until("it runs", async () => /running/.test(await row(name).innerText()), { timeoutMs: 30_000 });
      assert.ok(performance.now() - started < 60_000 * slowdown(), "within a minute");
      await page.locator(".tab").filter({ hasText: main }).first().waitFor();
      await workbench.screenshot(`scaffold-created-${language.toLowerCase()}`);

      await conversation.say(`call ${name}_count_words {"text":"to be or not"}`);
      await conversation.settled();
      assert.match(await conversation.lastAnswer(), /"words": ?4/);

      const program = file(join(name, main));
      writeFileSync(
        program,
        readFileSync(program, "utf8")
          .replace("words: text.split", "words: 100 + text.split")
          .replace('"words": len', '"words": 100 + len'),
      );
      let asked = 0;
      await until(
        "the edited program answers",
        async () => {
          await conversation.say(
            `call ${name}_count_words {"text":"to be or not", "n${++asked}": 1}`.replace(/, "n\d+": 1/, ""),
          );
          await conversation.settled();
          return /"words": ?104/.test(await conversation.lastAnswer());
        },
        { timeoutMs: 60_000, everyMs: 1_000 },
      );
    });
  }

  it("lets the agent write one that is like no template, shows its files, and calls its tool", async () => {
    const manifest = {
      $schema: "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json",
      name: "moon",
      version: "0.1.0",
      description: "Tells the phase of the moon.",
      extensions: {
        "dev.parley": {
          parley: "^1",
          run: { runtime: "python", entry: "./moon.py" },
          offers: [
            {
              name: "phase",
              title: "Phase of the moon",
              description: "The age of the moon in days on a date.",
              action: "read",
              input: { type: "object", required: ["date"], properties: { date: { type: "string", format: "date" } } },
              facets: { agent: true },
            },
          ],
          wants: [{ verb: "message", target: "conversation/notify", why: "To say it aloud." }],
        },
      },
    };
    const broken = "from parley import Plugin\nplugin = Plugin()\nplugin.start(\n";
    const program = [
      "from datetime import date",
      "from parley import Plugin",
      "plugin = Plugin()",
      '@plugin.offer("phase")',
      "def phase(args, call):",
      '    days = (date.fromisoformat(args["date"]) - date(2000, 1, 6)).days % 29.530588',
      '    call.add_message(f"The moon is {days:.0f} days old.")',
      '    return {"age": round(days)}',
      "plugin.start()",
      "",
    ].join("\n");
    const files = [
      { path: "plugin.json", content: JSON.stringify(manifest, null, 2) },
      { path: "moon.py", content: broken },
    ];
    await conversation.beginAnew(workbench);
    const script = [
      "Make me a plugin that tells the phase of the moon.",
      "call scaffold_plugin_guide {}",
      "then",
      `call scaffold_create_plugin ${JSON.stringify({ name: "moon", language: "python", files })}`,
      "then",
      `call scaffold_change_plugin ${JSON.stringify({ name: "moon", files: [{ path: "moon.py", content: program }] })}`,
      "then",
      'call moon_phase {"date":"2000-01-21"}',
    ].join("\n");
    await conversation.composer.fill(script);
    await conversation.composer.press("Enter");
    const card = conversation.approval();
    await card.getByText("moon.py").first().waitFor({ timeout: 30_000 });
    await workbench.screenshot("scaffold-card");
    assert.equal(existsSync(file("moon")), false, "nothing is written before the answer");
    await card.getByRole("button", { name: /^Allow once/ }).click();
    await letIn("moon");
    await conversation.approval().getByText("date.fromisoformat").first().waitFor({ timeout: 60_000 });
    await conversation
      .approval()
      .getByRole("button", { name: /^Allow once/ })
      .click();
    await conversation.settled();
    const answer = await conversation.lastAnswer();
    assert.match(answer, /SyntaxError|was never closed/, "the model read why its first program did not run");
    assert.match(answer, /"age": ?15/);
    assert.match(await row("moon").innerText(), /running/);
    const aloud = conversation.view.getByText("The moon is 15 days old.").first();
    await until("its own message is seen", async () => {
      if (await aloud.isVisible()) return true;
      await conversation.view.locator("section.transcript").press("PageUp");
      return false;
    });
    await workbench.screenshot("scaffold-moon");
  });
});
