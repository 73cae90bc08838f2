import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { silentLogger } from "../../../src/base/logger.ts";
import { contentHash } from "../../../src/node/contentHash.ts";
import { NodeLauncher } from "../../../src/node/launcher.ts";
import { makePlaces, type Places } from "./places.ts";

describe("the hash of a package's content", () => {
  let places: Places;
  beforeEach(() => {
    places = makePlaces();
    places.put("p", "p");
    places.write("p/lib/a.js", "one");
  });
  afterEach(() => places.remove());
  const hash = () => contentHash(places.at("p"));

  it("is a SHA-256 that stays the same while nothing changes, wherever the package lies", async () => {
    const before = await hash();
    assert.match(before, /^[0-9a-f]{64}$/);
    assert.equal(await hash(), before);
    renameSync(places.at("p"), places.at("q"));
    assert.equal(await contentHash(places.at("q")), before);
  });

  const changes: [what: string, change: () => unknown][] = [
    ["a file's content", () => places.write("p/lib/a.js", "two")],
    ["a file that is added, also a hidden one", () => places.write("p/lib/.hidden", "")],
    ["a file that goes", () => rmSync(places.at("p/lib/a.js"))],
    ["a file's name", () => renameSync(places.at("p/lib/a.js"), places.at("p/lib/b.js"))],
    ["a file that moves", () => renameSync(places.at("p/lib/a.js"), places.at("p/a.js"))],
    ["a file that may be run now", () => chmodSync(places.at("p/lib/a.js"), 0o755)],
    ["an empty folder", () => mkdirSync(places.at("p/empty"))],
    [
      "a link in place of the file that it points to",
      () => {
        renameSync(places.at("p/lib/a.js"), places.at("p/lib/b.js"));
        symlinkSync("b.js", places.at("p/lib/a.js"));
      },
    ],
    ["a byte deep in a large file", () => places.write("p/large", `${"x".repeat(300_000)}y`)],
  ];
  for (const [what, change] of changes) {
    it(`is another one after ${what}`, async () => {
      places.write("p/large", "x".repeat(300_001));
      const before = await hash();
      change();
      assert.notEqual(await hash(), before);
    });
  }

  it("does not take two files for one whose content looks like both", async () => {
    places.write("x/a", 'b"]\n["file","c","d');
    places.write("y/a", "b");
    places.write("y/c", "d");
    assert.notEqual(await contentHash(places.at("x")), await contentHash(places.at("y")));
  });

  it("is refused above the bounds, and not below them", async () => {
    // plugin.json, main.js, lib, lib/a.js
    await assert.rejects(contentHash(places.at("p"), { files: 3, bytes: 10_000 }), /more than 3 files/);
    await contentHash(places.at("p"), { files: 4, bytes: 10_000 });
    places.write("p/big", "x".repeat(1024 * 1024 + 1));
    const oneMiB = { files: 10, bytes: 1024 * 1024 };
    await assert.rejects(contentHash(places.at("p"), oneMiB), { kind: "tooLarge", message: /more than 1 MiB/ });
  });

  it("is refused for a link that leads out, and for what is no file", async () => {
    places.write("secret", "");
    symlinkSync(places.at("secret"), places.at("p/link"));
    await assert.rejects(hash(), { kind: "denied", message: /"link" leads out of the plugin's folder/ });
    rmSync(places.at("p/link"));
    if (process.platform === "win32") return;
    execFileSync("mkfifo", [places.at("p/pipe")]);
    await assert.rejects(hash(), { kind: "invalidParams", message: /"pipe" is neither a file/ });
  });

  it("is looked at again before a start: what was changed since is not started", async () => {
    const before = await hash();
    const launcher = new NodeLauncher({
      runsFolder: places.at("runs"),
      sdkDir: undefined,
      guardianProgram: undefined,
      pythonPath: () => undefined,
      logger: silentLogger,
    });
    const launch = () => {
      const run = { runtime: "node", entry: "./main.js" } as const;
      const [root, dataDir] = [places.at("p"), places.at("data")];
      return launcher.launch({ plugin: "p", epoch: 1, root, dataDir, run, env: {}, contentHash: before }, () => {});
    };
    assert.deepEqual({ ...(await launch().exited), stderr: "" }, { code: 0, signal: null, stderr: "" });
    places.write("p/main.js", "process.exit(3)");
    assert.match((await launch().exited).startError ?? "", /files of p are not those that were let in.*Review/);
    launcher.dispose();
  });
});
