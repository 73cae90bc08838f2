import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { failure, openRepository, type Repository } from "./setup.ts";

const files = {
  "a.txt": "one\ntwo\nthree\n",
  "b.txt": "red\ngreen\nblue\n",
  "windows.txt": "one\r\ntwo\r\n",
  "open.txt": "one\ntwo",
  "latin.txt": Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]),
  "binary.bin": Buffer.from([1, 0, 2]),
  ".git/config": "[core]\n",
};
const diffOf = (path: string, hunk: string): string => `--- a/${path}\n+++ b/${path}\n${hunk}`;

describe("repoagent writes", function () {
  this.timeout(20_000);
  let repository: Repository;
  beforeEach(async () => {
    repository = await openRepository(files);
  });
  afterEach(() => repository.end());
  const call = <Result>(name: string, args: Record<string, unknown>): Promise<Result> =>
    repository.host.call<Result>(name, args);
  const text = (path: string): Promise<string> => readFile(join(repository.folder, path), "utf8");
  const leftovers = async (): Promise<string[]> =>
    (await readdir(repository.folder, { recursive: true })).filter((name) => name.endsWith(".parley"));

  it("writes, appends and creates", async () => {
    await call("repo.file.write", { path: "new/deep/c.txt", content: "c" });
    assert.equal(await text("new/deep/c.txt"), "c");
    await call("repo.file.write", { path: "a.txt", content: "four\n", mode: "append" });
    assert.equal(await text("a.txt"), "one\ntwo\nthree\nfour\n");
    await assert.rejects(
      call("repo.file.write", { path: "a.txt", content: "", mode: "create" }),
      failure("conflict", /exists already/),
    );
    await call("repo.file.write", { path: "raw.bin", content: "AQAC", encoding: "base64" });
    assert.deepEqual([...(await readFile(join(repository.folder, "raw.bin")))], [1, 0, 2]);
    await assert.rejects(
      call("repo.file.write", { path: "raw.bin", content: "*", encoding: "base64" }),
      failure("invalidParams", /base64/),
    );
    assert.deepEqual(await leftovers(), []);
  });

  it("keeps a file's rights, and writes through a link inside the folder", async () => {
    const script = join(repository.folder, "run.sh");
    await writeFile(script, "old\n");
    await chmod(script, 0o775);
    await symlink("run.sh", join(repository.folder, "link.sh"));
    await call("repo.file.write", { path: "link.sh", content: "new\n" });
    assert.equal(await text("run.sh"), "new\n");
    assert.equal((await stat(script)).mode & 0o777, 0o775, "also those that a new file would not get here");
  });

  it("never writes .git, hidden files or outside", async () => {
    const open = await openRepository({ "x.txt": "" }, { config: { ignoreGlobs: [] } });
    try {
      for (const path of [".git/config", "sub/.GIT/hooks/pre-commit"]) {
        await assert.rejects(
          open.host.call("repo.file.write", { path, content: "" }),
          failure("denied", /\.git/),
          path,
        );
        await assert.rejects(
          open.host.call("repo.patch", { changes: [{ path, content: "" }] }),
          failure("denied", /\.git/),
          path,
        );
      }
    } finally {
      await open.end();
    }
    await symlink("/tmp", join(repository.folder, "out"));
    for (const path of ["../x", "/tmp/x-parley", "out/x"]) {
      await assert.rejects(call("repo.file.write", { path, content: "" }), failure("denied", /outside/), path);
    }
    await assert.rejects(
      call("repo.file.write", { path: "node_modules/x.js", content: "" }),
      failure("denied", /ignoreGlobs/),
    );
    await assert.rejects(call("repo.file.write", { path: ".", content: "" }), failure("invalidParams", /folder/));
  });

  it("applies a diff over several files, made and deleted ones too", async () => {
    const diff =
      diffOf("a.txt", "@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n") +
      "--- /dev/null\n+++ b/c.txt\n@@ -0,0 +1 @@\n+new\n" +
      "--- a/b.txt\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-red\n-green\n-blue\n";
    assert.deepEqual(await call("repo.patch", { diff }), {
      files: [
        { path: "a.txt", change: "changed", added: 1, removed: 1 },
        { path: "c.txt", change: "created", added: 1, removed: 0 },
        { path: "b.txt", change: "deleted", added: 0, removed: 3 },
      ],
    });
    assert.deepEqual([await text("a.txt"), await text("c.txt")], ["one\nzwei\nthree\n", "new\n"]);
    await assert.rejects(text("b.txt"));
    assert.deepEqual(await leftovers(), []);
  });

  it("counts the lines that a diff shows, not those between the first change and the last", async () => {
    const before = Array.from({ length: 120 }, (_, index) => `line ${index}`);
    await call("repo.file.write", { path: "long.txt", content: `${before.join("\n")}\n` });
    const after = before.with(3, "third").with(110, "hundred and tenth").toSpliced(60, 0, "between");
    const change = { path: "long.txt", content: `${after.join("\n")}\n` };
    assert.deepEqual(await call("repo.patch", { changes: [change] }), {
      files: [{ path: "long.txt", change: "changed", added: 3, removed: 2 }],
    });
  });

  it("takes hunks that moved, wrong counts and other line ends", async () => {
    await call("repo.patch", { diff: diffOf("a.txt", "@@ -40,9 +40,7 @@\n two\n-three\n+drei\n") });
    assert.equal(await text("a.txt"), "one\ntwo\ndrei\n");
    await call("repo.patch", { diff: diffOf("windows.txt", "@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n") });
    assert.equal(await text("windows.txt"), "one\r\nzwei\r\n");
    await call("repo.patch", {
      diff: diffOf("open.txt", "@@ -1,2 +1,2 @@\n-one\n+eins\n two\n\\ No newline at end of file\n"),
    });
    assert.equal(await text("open.txt"), "eins\ntwo");
  });

  it("changes nothing when one hunk does not fit, and says which", async () => {
    const diff =
      diffOf("a.txt", "@@ -1,1 +1,1 @@\n-one\n+eins\n") + diffOf("b.txt", "@@ -2,1 +2,1 @@\n-yellow\n+gelb\n");
    await assert.rejects(
      call("repo.patch", { diff }),
      failure("conflict", /Hunk 1 of 1 for b\.txt \(line 2\).*"yellow".*"green"/),
    );
    assert.equal(await text("a.txt"), "one\ntwo\nthree\n");
  });

  it("changes nothing when one change cannot be made", async () => {
    const changes = [
      { path: "a.txt", content: "x" },
      { path: "b.txt", content: "", mode: "create" },
    ];
    await assert.rejects(call("repo.patch", { changes }), failure("conflict", /b\.txt exists already/));
    await mkdir(join(repository.folder, "folder"));
    await assert.rejects(
      call("repo.patch", { changes: [changes[0], { path: "folder", content: "" }] }),
      failure("invalidParams", /folder/),
    );
    assert.equal(await text("a.txt"), "one\ntwo\nthree\n");
    await assert.rejects(call("repo.patch", {}), failure("invalidParams", /either/));
    await assert.rejects(call("repo.patch", { diff: "hello" }), failure("invalidParams", /changes nothing/));
    await assert.rejects(
      call("repo.patch", { changes: [changes[0], { path: "./a.txt", content: "y" }] }),
      failure("invalidParams", /same file/),
    );
  });

  it("refuses to patch binary and other than UTF-8 files", async () => {
    const diff = (path: string): string => diffOf(path, "@@ -1 +1 @@\n-x\n+y\n");
    await assert.rejects(call("repo.patch", { diff: diff("binary.bin") }), failure("invalidParams", /binary/));
    await assert.rejects(call("repo.patch", { diff: diff("latin.txt") }), failure("invalidParams", /UTF-8/));
  });

  it("answers many requests at a time", async () => {
    await call("repo.file.write", { path: "n.txt", content: "" });
    const adding = Array.from({ length: 30 }, (_, index) =>
      call("repo.file.write", { path: "n.txt", content: `${index}\n`, mode: "append" }),
    );
    const reading = Array.from({ length: 30 }, () => call<{ content: string }>("repo.file.read", { path: "a.txt" }));
    await Promise.all(adding);
    assert.ok((await Promise.all(reading)).every((page) => page.content === "one\ntwo\nthree\n"));
    assert.equal((await text("n.txt")).trim().split("\n").length, 30);
  });

  it("tells folders of several apart by their names", async () => {
    const two = await openRepository({ "left/x.txt": "l\n", "right/x.txt": "r\n" }, { folders: ["left", "right"] });
    try {
      const read = (path: string): Promise<{ content: string; path: string }> =>
        two.host.call("repo.file.read", { path });
      assert.equal((await read("right/x.txt")).content, "r\n");
      assert.deepEqual((await read("x.txt")).path, "left/x.txt");
      const { matches } = await two.host.call<{ matches: { path: string }[] }>("repo.search", { query: "r" });
      assert.deepEqual(
        matches.map((match) => match.path),
        ["right/x.txt"],
      );
    } finally {
      await two.end();
    }
  });
});
