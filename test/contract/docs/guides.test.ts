/** Runs the plugins of the guides, `docs/examples/guides`, on the real host as they stand there, in both languages. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelEvent, WindowPort } from "../../../src/core/ports.ts";
import { manifestText, type RealHost, type RealHostOptions, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { repository } from "./exampleHost.ts";

const languages = ["typescript", "python"] as const;
const end: ModelEvent = { type: "end", finish: "stop" };

/** A plugin with the tool that the hooks stand before. */
const notes = `import { createPlugin } from "@parley/sdk";
const plugin = createPlugin();
plugin.offer("write", ({ text }) => ({ text }));
await plugin.start();
`;
const notesManifest = manifestText("notes", {
  run: { runtime: "node", entry: "./main.mjs" },
  offers: [{ name: "write", description: "Writes a note.", action: "read", facets: { agent: true } }],
});

describe("the plugins of the guides", function () {
  this.timeout(30_000);
  let real: RealHost;
  afterEach(() => real.stop());

  /** The host with the plugins of these names, `<guide>-<language>`. */
  async function begin(names: readonly string[], options: RealHostOptions = {}): Promise<void> {
    real = await realHost({
      ...options,
      packages: (folder) => {
        options.packages?.(folder);
        for (const name of names) {
          const [guide = "", language = ""] = name.split("-");
          cpSync(join(repository, "docs/examples/guides", guide, language), join(folder, name), { recursive: true });
        }
      },
    });
  }
  const run = async (plugin: string, name: string, args: Record<string, unknown> = {}) =>
    (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result;

  it("requests: each asks the other, gets its errors, and sends it what reaches nobody else", async () => {
    await begin(["requests-typescript", "requests-python"]);
    for (const language of languages) await run(`requests-${language}`, "notes");
    for (const language of languages) {
      const [own, other] = [language, languages.find((one) => one !== language)];
      assert.equal(await run(`requests-${own}`, "plan", { town: "Oslo" }), "snow");
      const came = await until("the note came", async () => {
        const known = (await run(`requests-${other}`, "notes")) as string[];
        return known.length > 0 && known;
      });
      assert.deepEqual(came, [`snow in Oslo (requests-${own})`]);
      const failing = run(`requests-${own}`, "plan", { town: "Rome" });
      await assert.rejects(failing, { kind: "notFound", message: /I know no Rome/, todo: "Ask for Oslo." });
    }
    assert.equal(
      ((await run("requests-typescript", "notes")) as string[]).length,
      1,
      "its own note came back to nobody",
    );
  });

  for (const language of languages) {
    it(`hooks: change, refuse and look, in ${language}`, async () => {
      const said = ["my password: 1234 is", "-----BEGIN PRIVATE KEY-----"];
      await begin([`hooks-${language}`], {
        packages: (folder) => {
          mkdirSync(join(folder, "notes"));
          writeFileSync(join(folder, "notes", "main.mjs"), notes);
          writeFileSync(join(folder, "notes", "plugin.json"), notesManifest);
        },
        *model(_, step) {
          const args = JSON.stringify({ text: said[step - 1] });
          if (step <= said.length) yield { type: "toolCall", id: `t${step}`, name: "notes_write", arguments: args };
          yield step <= said.length ? { type: "end", finish: "tool-calls" } : end;
        },
      });
      const shown = await real.host.conversations.visible();
      await real.host.agent.say(shown.id, "go", "send");
      await until("the turn is over", () => real.host.agent.state(shown.id) === "idle" && shown.calls().length === 2);
      const [changed, refused] = shown.calls();
      assert.deepEqual(changed?.result, { text: "my password: ••• is" });
      assert.match(refused?.error ?? "", /A private key belongs into no note/);
      const seen = (await run(`hooks-${language}`, "seen")) as string[];
      const [first = "", second = "", third = "", fourth = ""] = seen.map((line) => line.split(" ")[1]);
      const ids = [`before ${first}`, `after ${first}`, `before ${third}`, `after ${third}`];
      assert.deepEqual(seen, ids, "one id before and after, also where it was refused");
      assert.notEqual(second, fourth);
    });

    it(`messages: says and reads, once under one key, and the model hears a hint, in ${language}`, async () => {
      await begin([`messages-${language}`], { model: () => [{ type: "text", text: "Yes." }, end] });
      const shown = await real.host.conversations.visible();
      await real.host.agent.say(shown.id, "hello", "send");
      await until("it answered", () => real.host.agent.state(shown.id) === "idle" && real.requests.length === 1);
      for (let time = 0; time < 2; time++) assert.equal(await run(`messages-${language}`, "remark"), 1);
      const own = shown.items().filter((item) => item.kind === "message" && item.origin);
      assert.deepEqual(
        own.map((item) => item.kind === "message" && item.content),
        ["You wrote **1** messages."],
      );
      await run(`messages-${language}`, "hint", { text: "It is Monday." });
      await real.host.agent.say(shown.id, "what day is it?", "send");
      await until("the model was asked again", () => real.requests.length === 2);
      const read = JSON.stringify(real.requests[1]?.messages);
      assert.match(read, /It is Monday\./);
      assert.ok(!read.includes("You wrote"), "what is only for the person the model does not read");
    });

    it(`models: is answered, and goes on without when the budget is used up, in ${language}`, async () => {
      await begin([`models-${language}`], {
        model: () => [
          { type: "text", text: "A fine title" },
          { type: "end", finish: "stop", usage: { input: 60, output: 50 } },
        ],
        settings: { tokenBudget: () => 100 },
      });
      const text = "The quick brown fox jumps over the lazy dog.";
      const first = (await run(`models-${language}`, "title", { text })) as { title: string; left: number };
      assert.equal(first.title, "A fine title");
      assert.deepEqual(await run(`models-${language}`, "title", { text }), { title: text.slice(0, 20), left: 0 });
    });

    it(`actions: asks the person and shows the file, or nothing, in ${language}`, async () => {
      const answers = ["README.md", undefined];
      const done: unknown[] = [];
      const window = {
        ask: async () => answers.shift(),
        open: async (path: string, lines: unknown) => void done.push([path, lines]),
      } as unknown as WindowPort;
      await begin([`actions-${language}`], { window });
      assert.equal(await run(`actions-${language}`, "tour"), "README.md");
      assert.equal(await run(`actions-${language}`, "tour"), "nothing");
      assert.equal(done.length, 1);
    });
  }
});
