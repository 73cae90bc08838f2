import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { ineligibility, sameToReview, sameToRun } from "../../../src/core/plugins/installed.ts";
import { contributedFolders } from "../../../src/node/contributed.ts";
import { findPackages, type PackageFolder, packageFolder } from "../../../src/node/packages.ts";
import { makePlaces, type Places } from "./places.ts";

describe("where plugins come from", () => {
  let places: Places;
  beforeEach(() => {
    places = makePlaces();
  });
  afterEach(() => places.remove());
  const find = (...folders: PackageFolder[]) => findPackages(folders, places.at("data"));
  const workspace = (more: Partial<PackageFolder> = {}): PackageFolder => ({
    folder: places.at("w/.parley/plugins"),
    source: "workspace",
    within: places.at("w"),
    hashed: true,
    ...more,
  });

  it("of one name the first in the order bundled, extension, user, development, workspace is used", async () => {
    const order = ["bundled", "extension", "user", "development", "workspace"] as const;
    for (const source of order) places.put(`${source}/p`, "same");
    for (let from = 0; from < order.length; from++) {
      const left = order.slice(from).map((source): PackageFolder => ({ folder: places.at(source), source }));
      const found = await find(...left.reverse());
      assert.deepEqual(
        found.map(({ source, shadowedBy }) => [source, shadowedBy && dirname(shadowedBy)]),
        order.slice(from).map((source, at) => [source, at === 0 ? undefined : places.at(order[from] ?? "")]),
      );
    }
  });

  it("a plugin.json that is a pipe, a device or a link out of its package is waited for and read by nobody", async () => {
    places.put("user/good", "good");
    for (const name of ["pipe", "device", "outside", "gone", "folder"]) mkdirSync(places.at(`user/${name}`));
    execFileSync("mkfifo", [places.at("user/pipe/plugin.json")]);
    symlinkSync("/dev/zero", places.at("user/device/plugin.json"));
    symlinkSync(places.at("user/good/plugin.json"), places.at("user/outside/plugin.json"));
    symlinkSync(places.at("nowhere"), places.at("user/gone/plugin.json"));
    mkdirSync(places.at("user/folder/plugin.json"));
    const found = await find({ folder: places.at("user"), source: "user" });
    assert.deepEqual(
      found.map(({ name, problem }) => [name, problem]),
      [
        ["device", '"plugin.json" leads out of the plugin\'s folder.'],
        ["folder", "plugin.json is no file."],
        ["good", undefined],
        ["outside", '"plugin.json" leads out of the plugin\'s folder.'],
        ["pipe", "plugin.json is no file."],
      ],
    );
  });

  it("a package without a valid manifest takes no name from another, and says what is wrong with it", async () => {
    places.write("user/hello/plugin.json", "{");
    places.put("development/x", "hello");
    const found = await find(
      { folder: places.at("user"), source: "user" },
      { folder: places.at("development"), source: "development" },
    );
    assert.deepEqual(
      found.map(({ name, source, shadowedBy }) => [name, source, shadowedBy]),
      [
        ["hello", "user", places.at("development/x")],
        ["hello", "development", undefined],
      ],
    );
    const [broken] = found;
    assert.ok(broken);
    assert.equal(ineligibility(broken, { disabled: false })?.reason, "broken");
  });

  it("two without a valid manifest in folders of one name are both listed", async () => {
    for (const place of ["user", "development"]) places.write(`${place}/hello/plugin.json`, "{");
    const found = await find(
      { folder: places.at("user"), source: "user" },
      { folder: places.at("development"), source: "development" },
    );
    // The window has one plugin of a name; only what is marked may be a second.
    assert.deepEqual(
      found.map(({ name, shadowedBy }) => [name, shadowedBy]),
      [
        ["hello", undefined],
        ["hello", places.at("user/hello")],
      ],
    );
    for (const plugin of found) assert.equal(ineligibility(plugin, { disabled: false })?.reason, "broken");
  });

  it("what is reached in two ways is listed once", async () => {
    places.put("user/p", "p");
    mkdirSync(places.at("development"));
    symlinkSync(places.at("user/p"), places.at("development/link"));
    const found = await find(
      { folder: places.at("development"), source: "development" },
      { folder: places.at("user"), source: "user" },
    );
    assert.deepEqual(
      found.map(({ name, source }) => [name, source]),
      [["p", "user"]],
    );
  });

  it("packages of a workspace carry the hash of their content once it may be read", async () => {
    places.put("w/.parley/plugins/p", "p");
    const [read] = await find(workspace());
    assert.match(read?.contentHash ?? "", /^[0-9a-f]{64}$/);
    const [unread] = await find(workspace({ hashed: false }));
    assert.deepEqual([unread?.name, unread?.contentHash, unread?.problem], ["p", undefined, undefined]);
  });

  it("packages of workspaces are told apart by their folders, and so are their data folders", async () => {
    for (const place of ["w", "other"]) places.put(`${place}/.parley/plugins/p`, "p");
    const other = { folder: places.at("other/.parley/plugins"), within: places.at("other") };
    const [[one], [two], [again], [users]] = await Promise.all([
      find(workspace()),
      find(workspace(other)),
      find(workspace()),
      find({ folder: other.folder, source: "user" }),
    ]);
    assert.match(one?.place ?? "", /^[0-9a-f]{16}$/);
    assert.equal(one?.dataDir, places.at(`data/p@${one?.place}`));
    assert.notEqual(two?.dataDir, one?.dataDir);
    assert.deepEqual([again?.place, again?.dataDir], [one?.place, one?.dataDir]);
    assert.deepEqual([users?.place, users?.dataDir], [undefined, places.at("data/p")]);
  });

  it("packages of a workspace that lie outside it, or cannot be hashed, are listed with the reason", async () => {
    places.put("elsewhere/out", "out");
    places.put("w/.parley/plugins/leaky", "leaky");
    symlinkSync(places.at("elsewhere/out"), places.at("w/.parley/plugins/out"));
    symlinkSync(places.at("elsewhere"), places.at("w/.parley/plugins/leaky/link"));
    const [leaky, out] = await find(workspace());
    assert.match(leaky?.problem ?? "", /^"link" leads out of the plugin's folder\. Every path/);
    assert.match(out?.problem ?? "", /link that leads out of/);
    assert.equal(out?.parley, undefined, "nothing of it was read");
  });

  it("a package that is developed is another one when one of its own files was saved, and needs no new review", async () => {
    const root = places.put("d/p", "p");
    const look = async (source: "development" | "user") => {
      const [plugin] = await find(packageFolder(places.at("d"), source));
      return plugin ?? assert.fail();
    };
    const before = await look("development");
    assert.equal(sameToRun(before, await look("development")), true);
    for (const noise of ["node_modules/x.js", "__pycache__/x.pyc", ".parley-sdk/x"]) places.write(`d/p/${noise}`, "1");
    assert.equal(sameToRun(before, await look("development")), true, "what is not the author's does not count");
    places.write("d/p/lib/deep.js", "1");
    const after = await look("development");
    assert.equal(sameToRun(before, after), false);
    assert.equal(sameToReview(before, after), true);
    places.write("d/p/main.js", "// longer");
    assert.equal(sameToRun(after, await look("development")), false);
    const own = await look("user");
    places.write("d/p/main.js", "// longer still");
    assert.equal(sameToRun(own, await look("user")), true, `${root} of the user's own folder waits for a restart`);
  });

  it("no more than 500 folders of one place are looked at, and that is said", async () => {
    for (let index = 0; index < 501; index++) mkdirSync(places.at(`w/.parley/plugins/${index}`), { recursive: true });
    const found = await find(workspace());
    assert.deepEqual(
      found.map(({ problem }) => problem),
      [`${places.at("w/.parley/plugins")} has more than 500 folders; the others are not looked at.`],
    );
  });

  describe("other extensions", () => {
    const contributed = async (entries: unknown, more: { folder?: string | undefined; version?: string } = {}) =>
      await contributedFolders([
        { id: "pub.ext", version: "1.0.0", folder: places.at("extensions/pub.ext-1.0.0"), entries, ...more },
      ]);

    it("contribute packages by path; a wrong entry is listed with what is wrong and hurts no other", async () => {
      places.put("extensions/pub.ext-1.0.0/plugins/good", "good");
      places.write("extensions/pub.ext-1.0.0/empty/README.md", "");
      places.put("outside", "outside");
      symlinkSync(places.at("outside"), places.at("extensions/pub.ext-1.0.0/link"));
      const entries = ["./plugins/good", "./empty", "./nothing", "./../../outside", "./link", "plugins/good", 7];
      const found = await find(...(await contributed(entries)));
      const point = "of contributes.parleyPlugins";
      assert.deepEqual(
        found.map(({ name, source, extension, problem }) => [name, source, extension, problem]),
        [
          ["good", "extension", "pub.ext", undefined],
          ["empty", "extension", "pub.ext", "It has no plugin.json."],
          ["pub.ext #3", "extension", "pub.ext", `Entry 3 ${point}, "./nothing", does not exist in the extension.`],
          [
            "pub.ext #4",
            "extension",
            "pub.ext",
            `Entry 4 ${point}, "./../../outside", leads out of the extension's folder.`,
          ],
          ["pub.ext #5", "extension", "pub.ext", `Entry 5 ${point}, "./link", leads out of the extension's folder.`],
          [
            "pub.ext #6",
            "extension",
            "pub.ext",
            `Entry 6 ${point}, "plugins/good", is not a path that begins with "./".`,
          ],
          ["pub.ext #7", "extension", "pub.ext", `Entry 7 ${point}, 7, is not a path that begins with "./".`],
        ],
      );
    });

    it("say what is wrong with the list itself, and with an extension that is elsewhere", async () => {
      const [list] = await find(...(await contributed({ "0": "./a" })));
      assert.equal(list?.problem, "contributes.parleyPlugins of pub.ext is not a list of paths.");
      const [elsewhere] = await find(...(await contributed(["./a"], { folder: undefined })));
      assert.match(elsewhere?.problem ?? "", /pub\.ext is not on the machine where Parley runs/);
      assert.match(
        (await find(...(await contributed(Array(101).fill("./a"))))).at(-1)?.problem ?? "",
        /has 101 entries/,
      );
    });

    it("that were updated on disk are told to be loaded anew, others are not", async () => {
      const put = (folder: string, version: string, name = "ext") =>
        places.write(`extensions/${folder}/package.json`, JSON.stringify({ publisher: "Pub", name, version }));
      places.put("extensions/pub.ext-1.0.0/p", "p");
      put("pub.ext-1.0.0", "1.0.0");
      put("pub.ext-0.9.0", "0.9.0");
      put("pub.ext-more-2.0.0", "2.0.0", "ext-more");
      const reload = async () => (await find(...(await contributed(["./p"]))))[0]?.reload;
      assert.equal(await reload(), undefined);
      put("pub.ext-1.10.0", "1.10.0");
      assert.equal(
        await reload(),
        "Version 1.10.0 of pub.ext is installed and 1.0.0 is still in use. Reload the window to update.",
      );
      put("pub.ext-1.0.0", "0.9.9");
      assert.match((await reload()) ?? "", /^Version 0\.9\.9/, "in its own folder any other version counts");
    });
  });
});
