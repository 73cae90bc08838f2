import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planPlugin, type Wish } from "../../../plugins/scaffold/plan.ts";
import { changePlugin, makePlugin } from "../../../plugins/scaffold/write.ts";
import { readManifest } from "../../../src/core/plugins/manifest.ts";

const templates = join(import.meta.dirname, "../../../plugins/scaffold/templates");
const manifest = (name: string, entry = "./main.ts") =>
  JSON.stringify({ name, extensions: { "dev.parley": { run: { runtime: "node", entry } } } });
const plan = (wish: Partial<Wish>) => planPlugin({ name: "tools", language: "typescript", ...wish }, templates);

describe("a plan for a new plugin", () => {
  for (const language of ["typescript", "python"] as const) {
    it(`has a manifest without a fault, whatever the description says, in ${language}`, () => {
      const files = plan({ language, description: 'Says "hi" {{name}} \\ $& `x`.' });
      const reading = readManifest(files.get("plugin.json") ?? "");
      assert.ok("manifest" in reading && reading.warnings.length === 0, JSON.stringify(reading));
      assert.equal(reading.manifest.description, 'Says "hi" {{name}} \\ $& `x`.');
      assert.ok(files.has(".gitignore") && files.has(".vscode/launch.json"));
      for (const [path, text] of files)
        if (path !== "README.md" && path !== "plugin.json") assert.ok(!/\{\{/.test(text), path);
    });
  }

  it("takes the given files instead of the sample's, and keeps what every plugin has", () => {
    const files = plan({
      files: [
        { path: "plugin.json", content: manifest("tools") },
        { path: "main.ts", content: "// own\n" },
      ],
    });
    assert.equal(files.get("main.ts"), "// own\n");
    assert.equal(files.has("main.test.ts"), false);
    for (const kept of ["tsconfig.json", ".parley-sdk/fallback/node/index.d.ts"]) assert.ok(files.has(kept), kept);
  });

  const file = (path: string) => ({ path, content: "" });
  const wrong: [string, Partial<Wish>, RegExp][] = [
    ["a name with spaces", { name: "Word Tools!" }, /Try "word-tools"/],
    ["a name that climbs", { name: ".." }, /cannot be a plugin's name/],
    ["no plugin.json", { files: [file("main.ts")] }, /no plugin\.json/],
    ["a plugin.json that is no JSON", { files: [file("plugin.json")] }, /no JSON/],
    ["another name inside", { files: [{ path: "plugin.json", content: manifest("other") }] }, /"other", not "tools"/],
    [
      "an entry that is missing",
      { files: [{ path: "plugin.json", content: manifest("tools") }] },
      /not among the files/,
    ],
    ...["../x", "/etc/x", "a/../../x", "a\\b", "C:x", "a//b", "./a", "", "a\0b"].map(
      (path): [string, Partial<Wish>, RegExp] => [
        `the path ${JSON.stringify(path)}`,
        { files: [file(path)] },
        /The path/,
      ],
    ),
    ["a file of a library", { files: [file("node_modules/x.js")] }, /not the plugin's own/],
    ["a file of the SDK's copy", { files: [file(".PARLEY-SDK/x")] }, /not the plugin's own/],
  ];
  for (const [what, wish, why] of wrong) it(`refuses ${what}`, () => assert.throws(() => plan(wish), why));
});

describe("making and changing a plugin's folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-scaffold-"));
    mkdirSync(join(folder, "sdk", "python"), { recursive: true });
    writeFileSync(join(folder, "sdk", "index.js"), "");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const read = (path: string) => readFileSync(join(folder, "tools", path), "utf8");

  async function make(): Promise<void> {
    await makePlugin(join(folder, "tools"), plan({}), "typescript", join(folder, "sdk"));
  }

  it("leaves nothing behind where it cannot be finished, and nothing half where something is in the way", async () => {
    const here = join(folder, "new");
    await assert.rejects(makePlugin(join(here, "tools"), plan({}), "typescript", join(folder, "no-sdk")), /ENOENT/);
    assert.deepEqual(readdirSync(here), []);
    await make();
    await assert.rejects(make(), /exists already/);
    assert.ok(existsSync(join(folder, "tools", "node_modules", "@parley", "sdk", "index.js")));
  });

  it("replaces, adds and removes files", async () => {
    await make();
    await changePlugin(join(folder, "tools"), "tools", [
      { path: "main.ts", content: "changed" },
      { path: "lib/more.ts", content: "more" },
      { path: "main.test.ts" },
    ]);
    assert.deepEqual([read("main.ts"), read("lib/more.ts")], ["changed", "more"]);
    assert.equal(existsSync(join(folder, "tools", "main.test.ts")), false);
  });

  it("puts everything back when one of the files cannot be written", async () => {
    await make();
    const before = read("main.ts");
    mkdirSync(join(folder, "tools", "taken"));
    const files = [
      { path: "main.ts", content: "changed" },
      { path: "new.ts", content: "new" },
      { path: "taken", content: "a folder is here" },
    ];
    await assert.rejects(changePlugin(join(folder, "tools"), "tools", files));
    assert.equal(read("main.ts"), before);
    assert.equal(existsSync(join(folder, "tools", "new.ts")), false);
  });

  it("refuses a folder without a plugin, a plugin without its manifest, and a manifest whose program is gone", async () => {
    const at = join(folder, "tools");
    await assert.rejects(changePlugin(at, "tools", [{ path: "a", content: "" }]), /no plugin in/);
    await make();
    await assert.rejects(changePlugin(at, "tools", [{ path: "plugin.json" }]), /without its plugin\.json/);
    symlinkSync(folder, join(at, "link"));
    await assert.rejects(changePlugin(at, "tools", [{ path: "link/x", content: "" }]), /through a link/);
    const gone = [{ path: "plugin.json", content: manifest("tools", "./gone.ts") }];
    await assert.rejects(changePlugin(at, "tools", gone), /not among the files/);
    await changePlugin(at, "tools", [{ path: "plugin.json", content: manifest("tools") }]);
  });
});
