import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ineligibility } from "../../../src/core/plugins/installed.ts";
import { findPackages } from "../../../src/node/packages.ts";
import { manifestSchemaId } from "../../../src/protocol/manifest.ts";

/** A placeholder as it stands in a manifest. */
const placeholder = (name: string) => `\${${name}}`;
const [pluginRoot, pluginData] = [placeholder("PLUGIN_ROOT"), placeholder("PLUGIN_DATA")];

describe("packages on disk", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-packages-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function put(place: string, name: string, run: object = { runtime: "node", entry: "./main.js" }): string {
    const root = join(folder, place);
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, "main.js"), "");
    const extensions = { "dev.parley": { parley: "^1", run } };
    writeFileSync(
      join(root, "plugin.json"),
      JSON.stringify({ $schema: manifestSchemaId, name, version: "1.0.0", description: "D", extensions }),
    );
    return root;
  }
  const find = (...sources: ("bundled" | "user" | "workspace")[]) =>
    findPackages(
      sources.map((source) => ({ folder: join(folder, source), source })),
      join(folder, "data"),
    );

  it("are the subfolders that have a plugin.json", async () => {
    const root = put("bundled/hello", "hello");
    mkdirSync(join(folder, "bundled/empty"));
    writeFileSync(join(folder, "bundled/file"), "");
    const found = await find("bundled", "user");
    assert.equal(found.length, 1);
    const [hello] = found;
    assert.deepEqual(
      [hello?.name, hello?.version, hello?.description, hello?.source, hello?.root, hello?.dataDir, hello?.problem],
      ["hello", "1.0.0", "D", "bundled", root, join(folder, "data", "hello"), undefined],
    );
  });

  it("get their two paths expanded once, in args and env and nowhere else", async () => {
    const root = put("bundled/x", "x", {
      runtime: "node",
      entry: "./main.js",
      args: [`${pluginRoot}/a`, pluginData, placeholder("HOME"), "$PLUGIN_ROOT"],
      env: { PLACE: `${pluginData}/b`, [pluginRoot]: "x" },
    });
    const [plugin] = await find("bundled");
    assert.deepEqual(plugin?.parley?.run.args, [
      `${root}/a`,
      join(folder, "data", "x"),
      placeholder("HOME"),
      "$PLUGIN_ROOT",
    ]);
    assert.deepEqual(plugin?.parley?.run.env, { PLACE: `${join(folder, "data", "x")}/b`, [pluginRoot]: "x" });
    const tricky = join(folder, "bundled", pluginData);
    put(`bundled/${pluginData}`, "y", { runtime: "node", entry: "./main.js", args: [pluginRoot] });
    const found = await find("bundled");
    assert.deepEqual(found.find((one) => one.name === "y")?.parley?.run.args, [tricky]);
  });

  it("whose entry is a link out of the package are rejected", async () => {
    const root = put("bundled/x", "x");
    writeFileSync(join(folder, "secret.js"), "");
    rmSync(join(root, "main.js"));
    symlinkSync(join(folder, "secret.js"), join(root, "main.js"));
    const [plugin] = await find("bundled");
    assert.match(plugin?.problem ?? "", /"\.\/main\.js" leads out of the plugin's folder/);
    assert.ok(plugin);
    const why = ineligibility(plugin, { disabled: false });
    assert.equal(why?.reason, "broken");
  });

  it("whose entry is a link inside the package, or whose folder is a link, are fine", async () => {
    const root = put("elsewhere/x", "x");
    rmSync(join(root, "main.js"));
    writeFileSync(join(root, "real.js"), "");
    symlinkSync(join(root, "real.js"), join(root, "main.js"));
    mkdirSync(join(folder, "bundled"));
    symlinkSync(root, join(folder, "bundled", "x"));
    const [plugin] = await find("bundled");
    assert.equal(plugin?.problem, undefined);
    assert.equal(plugin?.name, "x");
  });

  it("without their entry say so", async () => {
    const root = put("bundled/x", "x");
    rmSync(join(root, "main.js"));
    assert.match((await find("bundled"))[0]?.problem ?? "", /"\.\/main\.js" does not exist/);
  });

  it("with a bad or a huge manifest are listed with the problem, and the others are found", async () => {
    for (const [name, content] of [
      ["bad", "{"],
      ["huge", " ".repeat(1024 * 1024 + 1)],
    ] as const) {
      mkdirSync(join(folder, "bundled", name), { recursive: true });
      writeFileSync(join(folder, "bundled", name, "plugin.json"), content);
    }
    put("bundled/zed", "zed");
    const found = await find("bundled");
    assert.deepEqual(
      found.map((one) => one.name),
      ["bad", "huge", "zed"],
    );
    assert.match(found[0]?.problem ?? "", /^plugin\.json is not JSON \(line 1, column 2: .*\)\.$/);
    assert.match(found[1]?.problem ?? "", /1048577 bytes, more than the 1048576/);
    assert.equal(found[2]?.problem, undefined);
  });

  it("of one name: the one from the better source is used, the other is shown as shadowed", async () => {
    const user = put("user/b", "hello");
    const bundled = put("bundled/a", "hello");
    const found = await find("user", "bundled");
    assert.deepEqual(
      found.map((one) => [one.root, one.shadowedBy]),
      [
        [bundled, undefined],
        [user, bundled],
      ],
    );
  });
});
