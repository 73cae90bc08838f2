import assert from "node:assert/strict";
import { chmod, open, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../../support/until.ts";
import { failure, openRepository, type Repository } from "./setup.ts";

type Search = {
  matches: { path: string; line: number; column: number; snippet: string }[];
  total: number;
  files: number;
  truncated: boolean;
};
type Page = { path: string; content: string; offset: number; count: number; nextOffset?: number; totalLines?: number };
type Tree = { entries: { path: string; type: string }[]; truncated: boolean };

const files = {
  "src/parser.ts": "const a = 1;\nfunction skipComment() {\n  return a;\n}\n",
  "src/deep/er/lexer.ts": "// the lexer skips a Comment here\n",
  "notes.md": "comment\ncomment\n",
  "node_modules/x/index.js": "comment\n",
  ".gitignore": "ignored/\n",
  "ignored/file.txt": "comment\n",
  ".git/config": "comment\n",
  "long.txt": `${"x".repeat(500)}needle${"y".repeat(500)}\n`,
  "binary.bin": Buffer.from([1, 2, 0, 3, 4]),
  "windows.txt": "one\r\ntwo\r\n",
  "open.txt": "one\ntwo",
};

describe("repoagent reads", function () {
  this.timeout(30_000);
  let repository: Repository;
  before(async () => {
    repository = await openRepository(files);
  });
  after(() => repository.end());
  const call = <Result>(name: string, args: Record<string, unknown>): Promise<Result> =>
    repository.host.call<Result>(name, args);

  it("lists what is not hidden, in the order of paths", async () => {
    const { entries } = await call<Tree>("repo.tree", { depth: 10 });
    assert.deepEqual(
      entries.map((entry) => entry.path),
      [
        ".gitignore",
        "binary.bin",
        "long.txt",
        "notes.md",
        "open.txt",
        "src",
        "src/deep",
        "src/deep/er",
        "src/deep/er/lexer.ts",
        "src/parser.ts",
        "windows.txt",
      ],
    );
    const few = await call<Tree>("repo.tree", { depth: 10, limit: 3 });
    assert.deepEqual([few.entries.length, few.truncated], [3, true]);
  });

  it("searches with lines and columns from 1, ignoring case unless told", async () => {
    const found = await call<Search>("repo.search", { query: "comment" });
    assert.deepEqual(
      new Set(found.matches.map((match) => `${match.path}:${match.line}:${match.column}`)),
      new Set(["notes.md:1:1", "notes.md:2:1", "src/parser.ts:2:14", "src/deep/er/lexer.ts:1:22"]),
    );
    assert.deepEqual([found.total, found.files, found.truncated], [4, 3, false]);
    const exact = await call<Search>("repo.search", { query: "Comment", case_sensitive: true, path: "src" });
    assert.deepEqual(exact.matches.map((match) => match.path).sort(), ["src/deep/er/lexer.ts", "src/parser.ts"]);
  });

  it("puts the line where alternatives meet first, and keeps to max_results", async () => {
    const found = await call<Search>("repo.search", { query: "skip|comment", regex: true, max_results: 1 });
    assert.equal(found.truncated, true);
    assert.match(found.matches[0]?.path ?? "", /^src\//);
  });

  it("shortens long lines to 160 characters around the match", async () => {
    const { matches } = await call<Search>("repo.search", { query: "needle" });
    assert.equal(matches[0]?.snippet.length, 160);
    assert.match(matches[0]?.snippet ?? "", /needle/);
    assert.equal(matches[0]?.column, 501);
  });

  it("says what is wrong with a regular expression", async () => {
    await assert.rejects(call("repo.search", { query: "(", regex: true }), failure("invalidParams", /regex to false/));
  });

  it("searches the same without ripgrep", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/nowhere";
    const bare = await openRepository(files, { ripgrep: "/nowhere/rg" }).finally(() => {
      process.env.PATH = path;
    });
    try {
      const query = { query: "comment" };
      const [mine, theirs] = await Promise.all([
        bare.host.call<Search>("repo.search", query),
        call<Search>("repo.search", query),
      ]);
      assert.deepEqual(mine, theirs);
      await assert.rejects(
        bare.host.call("repo.search", { query: "(", regex: true }),
        failure("invalidParams", /regex to false/),
      );
    } finally {
      await bare.end();
    }
  });

  it("ends ripgrep when the search is cancelled", async () => {
    const script = join(repository.folder, "slow-rg");
    const mark = join(repository.folder, "slow-rg.pid");
    await writeFile(script, `#!/bin/sh\necho $$ > ${mark}\nexec sleep 600\n`);
    await chmod(script, 0o755);
    const slow = await openRepository({ "a.txt": "a\n" }, { ripgrep: script });
    try {
      const controller = new AbortController();
      const searching = slow.host.call("repo.search", { query: "a" }, {}, { signal: controller.signal });
      const settled = assert.rejects(searching, failure("cancelled", /cancel/i));
      const pid = Number(await until("ripgrep runs", async () => (await readFile(mark, "utf8")).trim()));
      controller.abort();
      await settled;
      await until("ripgrep is gone", () => !alive(pid));
    } finally {
      await slow.end();
    }
  });

  it("reads pages of lines, from the end too", async () => {
    const page = await call<Page>("repo.file.read", { path: "src/parser.ts", offset: 2, limit: 2 });
    assert.deepEqual(
      [page.content, page.offset, page.count, page.nextOffset],
      ["function skipComment() {\n  return a;\n", 2, 2, 4],
    );
    const last = await call<Page>("repo.file.read", { path: "src/parser.ts", offset: -1 });
    assert.deepEqual([last.content, last.offset, last.totalLines, last.nextOffset], ["}\n", 4, 4, undefined]);
    const unended = await call<Page>("repo.file.read", { path: "open.txt" });
    assert.deepEqual([unended.content, unended.totalLines, unended.count], ["one\ntwo", 2, 2]);
    assert.equal((await call<Page>("repo.file.read", { path: "windows.txt" })).content, "one\r\ntwo\r\n");
    await assert.rejects(
      call("repo.file.read", { path: "open.txt", offset: 9 }),
      failure("invalidParams", /has 2 lines/),
    );
  });

  it("finds a file by its ending, and says what is near otherwise", async () => {
    assert.equal((await call<Page>("repo.file.read", { path: "lexer.ts" })).path, "src/deep/er/lexer.ts");
    assert.equal((await call<Page>("repo.file.read", { path: "parser" })).path, "src/parser.ts");
    await assert.rejects(call("repo.file.read", { path: "lex.ts" }), failure("notFound", /no file lex\.ts/));
    await assert.rejects(call("repo.file.read", { path: "src" }), failure("invalidParams", /folder, not a file/));
  });

  it("refuses binary files as text and reads them with base64", async () => {
    await assert.rejects(call("repo.file.read", { path: "binary.bin" }), failure("invalidParams", /binary/));
    const page = await call<Page>("repo.file.read", { path: "binary.bin", encoding: "base64" });
    assert.deepEqual([...Buffer.from(page.content, "base64")], [1, 2, 0, 3, 4]);
  });

  it("stays inside the folder, also through links, and respects what is hidden", async () => {
    await symlink("/etc", join(repository.folder, "link"));
    await symlink("/etc/hostname", join(repository.folder, "single"));
    for (const path of ["../x", "/etc/hostname", "link/hostname", "single", "src/../../x"]) {
      await assert.rejects(call("repo.file.read", { path }), failure("denied", /outside/), path);
    }
    await assert.rejects(call("repo.file.read", { path: "node_modules/x/index.js" }), failure("denied", /ignoreGlobs/));
    await assert.rejects(call("repo.file.read", { path: "src/../.git/config" }), failure("denied", /ignoreGlobs/));
    await assert.rejects(call("repo.file.read", { path: "a\0b" }), failure("invalidParams", /NUL/));
  });

  it("reads a file of 200 MB by pages in bounded memory", async () => {
    const big = join(repository.folder, "big.log");
    const handle = await open(big, "w");
    const block = Buffer.from(`${"0123456789abcdef".repeat(6)}xyz\n`.repeat(10_000));
    for (let written = 0; written < 200 * 1024 * 1024; written += block.length) await handle.write(block);
    await handle.close();
    const first = await call<Page>("repo.file.read", { path: "big.log" });
    assert.deepEqual([first.count, first.nextOffset], [2_000, 2_001]);
    const last = await call<Page>("repo.file.read", { path: "big.log", offset: -2 });
    assert.deepEqual([last.count, last.totalLines], [2, 2_100_000]);
    const wide = await call<Page>("repo.file.read", { path: "big.log", limit: 100_000 });
    assert.ok(wide.content.length <= 512 * 1024 && wide.content.endsWith("\n"));
    assert.equal(wide.nextOffset, wide.count + 1);
    if (process.platform === "linux") {
      const status = await readFile(`/proc/${repository.host.child.pid}/status`, "utf8");
      assert.ok(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) < 250_000, status);
    }
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
