/** The settings, and the pieces of JSON, that pages show: taken as they stand there. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readManifest } from "../../../src/core/plugins/manifest.ts";
import { readEnvelope, registerEnvelope } from "../../../src/node/attach/envelopes.ts";
import { contributedFolders } from "../../../src/node/contributed.ts";
import { offerCommandId } from "../../../src/vscode/offerCommandId.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { repository } from "./exampleHost.ts";

/** The code of a page that begins so. */
function codeOf(page: string, begins: string): string {
  const text = readFileSync(join(repository, page), "utf8");
  const blocks = [...text.matchAll(/^```\w+\n([\s\S]*?)\n```$/gm)].map(([, code = ""]) => code);
  return blocks.find((code) => code.startsWith(begins)) ?? assert.fail(`${page} has no code ${begins}`);
}
function pieceOf<Piece = Record<string, unknown>>(page: string, begins: string): Piece {
  return JSON.parse(`{${codeOf(page, begins)}}`) as Piece;
}

const programs = {
  node: (code: string) => `import { createPlugin } from "@parley/sdk";
const plugin = createPlugin();
const isKnown = async (city) => city !== "Atlantis";
${code}
plugin.offer("known", () => plugin.config.all());
await plugin.start();
`,
  python: (code: string) => `from parley import Plugin
plugin = Plugin()
def is_known(city):
    return city != "Atlantis"
${code}
@plugin.offer("known")
def known(args, call):
    return plugin.config.all()
plugin.start()
`,
};

describe("what pages show of settings", function () {
  this.timeout(20_000);

  for (const [runtime, entry, begins] of [
    ["node", "main.mjs", "plugin.config"],
    ["python", "main.py", "@plugin.config"],
  ] as const) {
    it(`takes settings and refuses one, as it stands in the page, for ${runtime}`, async () => {
      const { config } = pieceOf("docs/settings.md", '"config"');
      // Before the plugin has begun there are no settings to get: the first lines belong into a handler.
      const code = codeOf("docs/settings.md", begins).replace(/^plugin\.config\.(?:get|all)\(.*\);\n/gm, "");
      let settings: Record<string, unknown> = {};
      const real: RealHost = await realHost({
        packages: (folder) => {
          mkdirSync(join(folder, "weather"));
          writeFileSync(join(folder, "weather", entry), programs[runtime](code));
          const offers = [{ name: "known", description: "Settings.", action: "read" }];
          const manifest = manifestText("weather", { run: { runtime, entry: `./${entry}` }, offers, config });
          writeFileSync(join(folder, "weather", "plugin.json"), manifest);
        },
        settings: { pluginConfig: () => settings },
        config: { secrets: async () => ({ apiKey: "k" }), keep: async () => {} },
      });
      try {
        const said: string[] = [];
        real.host.onSettingsNotice(({ text }) => said.push(text));
        const known = async () =>
          (await real.host.calls.call({ caller: "person", to: { plugin: "weather" }, name: "known", args: {} })).result;
        assert.deepEqual(await known(), { apiKey: "k", city: "Oslo" });
        settings = { city: "Rome" };
        await real.host.settingsChanged();
        assert.deepEqual(await known(), { apiKey: "k", city: "Rome" });
        settings = { city: "Atlantis" };
        await real.host.settingsChanged();
        assert.deepEqual(await known(), { apiKey: "k", city: "Rome" });
        assert.match(said.join(" "), /city.*is not on the map/);
      } finally {
        await real.stop();
      }
    });
  }

  it("settings of VS Code that a page shows are ours, and fit", () => {
    const { contributes } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
      contributes: { configuration: { properties: Record<string, object> } | { properties: Record<string, object> }[] };
    };
    const ours = Object.assign({}, ...[contributes.configuration].flat().map(({ properties }) => properties));
    for (const [page, name] of [
      ["docs/settings.md", "parley.plugins.settings"],
      ["docs/processes.md", "parley.plugins.sandbox"],
    ] as const) {
      const value = pieceOf(page, `"${name}"`)[name];
      const fits = new Ajv2020({ strict: false }).compile(ours[name] ?? assert.fail(`${name} is no setting of ours`));
      assert.ok(value !== undefined && fits(value), JSON.stringify(fits.errors));
    }
  });

  it("parts of plugin.json and package.json that a page shows are taken", async () => {
    const read = readManifest(manifestText("shown", pieceOf("docs/processes.md", '"run"')));
    assert.ok(!("problem" in read), JSON.stringify(read));
    const folder = mkdtempSync(join(tmpdir(), "parley-shown-"));
    try {
      const { contributes } = pieceOf<{ contributes: { parleyPlugins: string[] } }>(
        "docs/discovery.md",
        '"contributes": { "parleyPlugins"',
      );
      for (const entry of contributes.parleyPlugins) mkdirSync(join(folder, entry), { recursive: true });
      const found = await contributedFolders([
        { id: "ada.ext", version: "1.0.0", folder, entries: contributes.parleyPlugins },
      ]);
      assert.equal(found.filter((each) => !("wrong" in each)).length, 2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const { contributes } = pieceOf<{ contributes: { commands: { command: string }[] } }>(
      "docs/discovery.md",
      '"contributes": { "commands"',
    );
    assert.deepEqual(
      contributes.commands.map(({ command }) => command),
      [offerCommandId("greeter", "greet")],
    );
  });

  it("envelopes that a page shows are taken", () => {
    const [first = "", ...others] = codeOf("docs/attach.md", '{"type": "register"').split("\n");
    assert.ok(registerEnvelope.safeParse(JSON.parse(first)).success);
    assert.equal(others.length, 1);
    for (const line of others) assert.equal(readEnvelope(Buffer.from(line), "shouter").type, "health");
  });
});
