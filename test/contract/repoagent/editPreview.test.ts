import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { previewEdit as previewAny, previewDiffs } from "../../../src/node/editPreview.ts";
import { failure, openRepository, type Repository } from "./setup.ts";

const files = {
  "a.txt": "one\ntwo\nthree\n",
  "windows.txt": "one\r\ntwo\r\n",
  "open.txt": "one\ntwo",
  "binary.bin": Buffer.from([1, 0, 2]),
  ".git/config": "[core]\n",
};
const hunk = "@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n";

/** The preview of a capability that changes files. */
async function previewEdit(...asked: Parameters<typeof previewAny>) {
  const preview = await previewAny(...asked);
  assert.ok(preview);
  return preview;
}

describe("the preview of an edit", function () {
  this.timeout(15_000);
  let repository: Repository;
  beforeEach(async () => {
    repository = await openRepository(files);
  });
  afterEach(() => repository.end());

  const edits: [string, "repo.file.write" | "repo.patch", Record<string, unknown>][] = [
    ["a file that is written over", "repo.file.write", { path: "a.txt", content: "new\n" }],
    ["a file that is added to", "repo.file.write", { path: "open.txt", content: "\nthree\n", mode: "append" }],
    ["a file that is made", "repo.file.write", { path: "x/y.txt", content: "hello", mode: "create" }],
    ["a diff", "repo.patch", { diff: `--- a/a.txt\n+++ b/a.txt\n${hunk}` }],
    [
      "a diff with wrong counts and places",
      "repo.patch",
      { diff: "--- a/a.txt\n+++ b/a.txt\n@@ -30,9 +3,1 @@\n two\n-three\n+drei\n" },
    ],
    [
      "a diff with other line ends",
      "repo.patch",
      { diff: "--- a/windows.txt\n+++ b/windows.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n" },
    ],
    [
      "a diff that makes and deletes",
      "repo.patch",
      {
        diff: "--- /dev/null\n+++ b/n.txt\n@@ -0,0 +1 @@\n+n\n--- a/a.txt\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-one\n-two\n-three\n",
      },
    ],
    [
      "whole files",
      "repo.patch",
      {
        changes: [
          { path: "a.txt", content: "x\n" },
          { path: "open.txt", content: "", mode: "delete" },
        ],
      },
    ],
  ];
  for (const [what, capability, args] of edits) {
    it(`shows ${what} as it then is`, async () => {
      const preview = await previewEdit(capability, args, [repository.folder]);
      for (const file of preview.files) assert.equal(file.before, await text(file.path), file.path);
      await repository.host.call(capability, args);
      for (const file of preview.files) assert.equal(file.after, await text(file.path), file.path);
      assert.ok(preview.files.every((file) => file.added + file.removed > 0 && file.diff.includes("@@")));
    });
  }

  it("counts lines and gives a unified diff", async () => {
    const {
      files: [file],
    } = await previewEdit("repo.patch", { diff: `--- a/a.txt\n+++ b/a.txt\n${hunk}` }, [repository.folder]);
    assert.deepEqual([file?.added, file?.removed], [1, 1]);
    assert.equal(file?.diff, `--- a/a.txt\n+++ b/a.txt\n${hunk}`);
  });

  it("says where a file really is, however the call names it", async () => {
    const { folder } = repository;
    await mkdir(join(folder, "kept", "deep"), { recursive: true });
    await symlink(join(folder, "kept"), join(folder, "link"));
    const paths = async (capability: string, args: object, roots = [folder]) =>
      (await previewEdit(capability, args, roots)).files.map(({ path }) => path);
    for (const path of ["kept/x", "./kept//x", "a/../kept/x", "link/x", "link/deep/../x", join(folder, "kept", "x")]) {
      assert.deepEqual(await paths("repo.file.write", { path, content: "" }), ["kept/x"], path);
      assert.deepEqual(await paths("repo.patch", { changes: [{ path, content: "" }] }), ["kept/x"], path);
    }
    assert.deepEqual(await paths("repo.patch", { root: "kept", changes: [{ path: "x", content: "" }] }), ["kept/x"]);
    const moved = `--- a/./a.txt\n+++ b/link/a.txt\n${hunk}`;
    assert.deepEqual(await paths("repo.patch", { diff: moved }), ["a.txt", "kept/a.txt"]);
    const name = basename(folder);
    const two = [folder, join(folder, "kept", "deep")];
    assert.deepEqual(await paths("repo.file.write", { path: "kept/x", content: "" }, two), [`${name}/kept/x`]);
    const many = Array.from({ length: 102 }, (_, index) => ({ path: `./many/${index}`, content: "" }));
    const told = await paths("repo.patch", { changes: [...many, { path: "link/x", content: "" }] });
    assert.deepEqual(told.slice(100), ["many/100", "many/101", "kept/x"], "all of them, also those that are not shown");
  });

  it("says so plainly where there is no text to show", async () => {
    const {
      files: [over],
    } = await previewEdit("repo.file.write", { path: "binary.bin", content: "text" }, [repository.folder]);
    assert.deepEqual(
      [over?.before, over?.after, over?.diff],
      [undefined, undefined, "4 bytes are written over binary.bin (a binary file)."],
    );
    const {
      files: [made],
    } = await previewEdit("repo.file.write", { path: "n.bin", content: "AAE=", encoding: "base64" }, [
      repository.folder,
    ]);
    assert.match(made?.diff ?? "", /2 bytes are written to the new file n\.bin \(binary content\)/);
  });

  it("refuses what the tools refuse", async () => {
    const roots = [repository.folder];
    await symlink("/etc", join(repository.folder, "out"));
    await assert.rejects(
      previewEdit("repo.file.write", { path: "../x", content: "" }, roots),
      failure("denied", /outside/),
    );
    await assert.rejects(
      previewEdit("repo.file.write", { path: "out/x", content: "" }, roots),
      failure("denied", /outside/),
    );
    await assert.rejects(
      previewEdit("repo.file.write", { path: ".git/config", content: "" }, roots),
      failure("denied", /\.git/),
    );
    await assert.rejects(
      previewEdit("repo.file.write", { path: "a.txt", content: "", mode: "create" }, roots),
      failure("conflict", /exists/),
    );
    await assert.rejects(previewEdit("repo.file.write", { content: "" }, roots), failure("invalidParams", /path/));
    await assert.rejects(
      previewEdit("repo.patch", { diff: "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-x\n+y\n" }, roots),
      failure("conflict", /does not fit/),
    );
    await assert.rejects(
      previewEdit("repo.patch", { diff: `--- a/no.txt\n+++ b/no.txt\n${hunk}` }, roots),
      failure("notFound", /no such file/),
    );
    await assert.rejects(previewEdit("repo.patch", {}, roots), failure("invalidParams", /either|neither/));
    await assert.rejects(previewEdit("repo.patch", { diff: "x" }, roots), failure("invalidParams", /names no file/));
  });

  it("shows two megabytes and no more, and does not take long about it", async () => {
    await repository.host.call("repo.file.write", { path: "big.txt", content: "line\n".repeat(500_000) });
    const {
      files: [file],
    } = await previewEdit("repo.file.write", { path: "big.txt", content: "" }, [repository.folder]);
    assert.match(file?.diff ?? "", /too large to be shown/);
  });

  it("waits for no pipe, so that the card is shown all the same", async () => {
    execFileSync("mkfifo", [join(repository.folder, "pipe")]);
    const {
      files: [file],
    } = await previewEdit("repo.file.write", { path: "pipe", content: "text" }, [repository.folder]);
    assert.equal(file?.diff, "4 bytes are written over pipe (not a regular file).");
  });

  async function text(path: string): Promise<string | undefined> {
    return readFile(join(repository.folder, path), "utf8").catch(() => undefined);
  }

  it("gives a card the lines that change, and not the whole file besides", async () => {
    const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n}`);
    await writeFile(join(repository.folder, "long.txt"), `${lines.join("\n")}\n`);
    const content = `${lines.with(50_000, "changed").join("\n")}\n`;
    const shown = await previewDiffs("repo.file.write", { path: "long.txt", content }, [repository.folder]);
    assert.deepEqual(Object.keys(shown?.[0] ?? {}).sort(), ["added", "diff", "path", "removed"]);
    assert.match(shown?.[0]?.diff ?? "", /^-line 50000\n\+changed$/m);
    assert.ok(JSON.stringify(shown).length < 1_000);
    assert.equal(await previewAny("terminal.run", {}, [repository.folder]), undefined);
    assert.equal(await previewDiffs("terminal.run", {}, [repository.folder]), undefined);
  });

  it("shows the files of a plugin that is to be made, changed and removed", async () => {
    const made = [
      { path: "plugin.json", content: "{}\n" },
      { path: "lib/main.ts", content: "one\n" },
    ];
    const shown = await previewDiffs("plugin.create", { name: "new", files: made }, [repository.folder]);
    assert.deepEqual(
      shown?.map(({ path, added, removed }) => [path, added, removed]),
      [
        [".parley/plugins/new/plugin.json", 1, 0],
        [".parley/plugins/new/lib/main.ts", 1, 0],
      ],
    );
    const before = [{ path: "a.txt", content: "two\n" }, { path: "b.txt" }];
    await mkdir(join(repository.folder, ".parley/plugins/old"), { recursive: true });
    for (const { path } of before) await writeFile(join(repository.folder, ".parley/plugins/old", path), "one\n");
    const changed = await previewEdit("plugin.change", { name: "old", files: before }, [repository.folder]);
    assert.deepEqual(
      changed.files.map((file) => [file.before, file.after]),
      [
        ["one\n", "two\n"],
        ["one\n", undefined],
      ],
    );
    await assert.rejects(
      previewEdit("plugin.create", { name: "old", files: [{ path: "a.txt", content: "" }] }, [repository.folder]),
      failure("conflict", /exists already/),
    );
  });

  it("shows the files of a plugin in the folder that the call names, of several that are open", async () => {
    const [house, garden] = ["house", "garden"].map((name) => join(repository.folder, name)) as [string, string];
    await mkdir(join(garden, ".parley/plugins/old"), { recursive: true });
    await mkdir(house);
    await writeFile(join(garden, ".parley/plugins/old/a.txt"), "one\n");
    const change = (place: object) => {
      const args = { name: "old", files: [{ path: "a.txt", content: "two\n" }], ...place };
      return previewEdit("plugin.change", args, [house, garden], ["House", "Our garden"]);
    };
    for (const folder of ["Our garden", garden])
      assert.deepEqual(
        (await change({ folder })).files.map(({ path, before }) => [path, before]),
        [["garden/.parley/plugins/old/a.txt", "one\n"]],
      );
    for (const place of [{}, { folder: "House" }])
      assert.deepEqual(
        (await change(place)).files.map(({ path, before }) => [path, before]),
        [["house/.parley/plugins/old/a.txt", undefined]],
      );
    await assert.rejects(change({ folder: "nowhere" }), failure("notFound", /No open folder is called "nowhere"/));
  });
});
