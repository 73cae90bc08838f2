import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimDataFolder, dataFolderOf } from "../../../src/node/dataFolders.ts";
import { findPackages } from "../../../src/node/packages.ts";
import { manifestText } from "../../support/realHost.ts";

describe("a plugin's data folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "parley-data-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("has its name for the first that was started under it, and is another's for all others of the name", async () => {
    const of = (identity: string) => dataFolderOf(folder, "notes", identity);
    const first = await of("user/a/notes");
    assert.equal(first, join(folder, "notes"));
    assert.equal(await of("bundled/b/notes"), first, "nobody was started");
    await claimDataFolder(first, "user/a/notes");
    await claimDataFolder(first, "user/a/notes");
    const second = await of("bundled/b/notes");
    assert.deepEqual([await of("user/a/notes"), second === first], [first, false]);
    await claimDataFolder(second, "bundled/b/notes");
    assert.equal(await of("bundled/b/notes"), second);
    assert.notEqual(await of("user/c/notes"), second);
    await assert.rejects(claimDataFolder(first, "bundled/b/notes"), { kind: "conflict" }, "found before, started late");
  });

  it("is nobody else's where it cannot be read whose it is", async () => {
    await mkdir(join(folder, "notes@owner"));
    assert.notEqual(await dataFolderOf(folder, "notes", "user/a/notes"), join(folder, "notes"));
  });

  it("goes with what was kept in it before to the first, and its package's variables name it", async () => {
    const put = async (place: string) => {
      const root = join(folder, place, "notes");
      await mkdir(root, { recursive: true });
      const run = { runtime: "node", entry: "./plugin.mjs", args: [`$${"{PLUGIN_DATA}"}`] };
      await writeFile(join(root, "plugin.json"), manifestText("notes", { run }, { author: { name: place } }));
      await writeFile(join(root, "plugin.mjs"), "");
      const [found] = await findPackages([{ folder: join(folder, place), source: "user" }], join(folder, "data"));
      return found ?? assert.fail("it is found");
    };
    await mkdir(join(folder, "data", "notes"), { recursive: true });
    await writeFile(join(folder, "data", "notes", "old"), "kept");
    const first = await put("one");
    await claimDataFolder(first.dataDir, "user/one/notes");
    assert.equal(await readFile(join(first.dataDir, "old"), "utf8"), "kept");
    const other = await put("two");
    assert.notEqual(other.dataDir, first.dataDir);
    assert.deepEqual(other.parley?.run && "args" in other.parley.run && other.parley.run.args, [other.dataDir]);
  });
});
