import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { failureOf } from "../../support/failures.ts";
import type { RealHost } from "../../support/realHost.ts";
import { putPackage } from "../../support/realHost.ts";
import { assertWorks, call, end, hosts, say, toolAnswers, turn, use } from "./rig.ts";

type Page = { content: string; count: number; size: number; nextOffset?: number; totalLines?: number };
type Found = { matches: { path: string; line: number }[] };

describe("a workspace file that is not for reading whole", () => {
  const { open, stopAll } = hosts();
  afterEach(stopAll);

  const start = async (model?: Parameters<typeof open>[0]): Promise<RealHost> => {
    const real = await open({
      packages: (folder) => void putPackage(folder, "good"),
      bundled: ["repoagent"],
      ...model,
    });
    writeFileSync(real.file("small.txt"), "one\nneedle two\n");
    return real;
  };
  const read = (real: RealHost, args: object) =>
    call(real, "repoagent", { name: "repo.file.read", args: { ...args } }) as Promise<Page>;
  const search = (real: RealHost, query: string) =>
    call(real, "repoagent", { name: "repo.search", args: { query } }) as Promise<Found>;

  /** 200 MB of lines, of which the first and the last are known. */
  function makeHuge(path: string): void {
    const file = openSync(path, "w");
    const block = Buffer.from("a line of the huge file, as long as lines are\n".repeat(20_000));
    writeSync(file, "the first line\n");
    for (let written = 0; written < 200e6; written += block.length) writeSync(file, block);
    writeSync(file, "the last line with a needle\n");
    closeSync(file);
  }

  it("of 200 MB is read in pages, from both ends, and search goes on past it", async () => {
    const real = await start();
    makeHuge(real.file("huge.log"));
    const first = await read(real, { path: "huge.log" });
    assert.ok(first.size > 200e6);
    assert.match(first.content, /^the first line\n/);
    assert.ok(first.content.length <= 512 * 1024 && first.count <= 2_000);
    assert.equal(first.nextOffset, first.count + 1);
    const last = await read(real, { path: "huge.log", offset: -2 });
    assert.match(last.content, /the last line with a needle\n$/);
    const found = await search(real, "needle");
    assert.ok(
      found.matches.some(({ path }) => path === "small.txt"),
      JSON.stringify(found),
    );
    await assertWorks(real);
  });

  it("of 200 MB without a line's end gives a bounded piece", async () => {
    const real = await start();
    const file = openSync(real.file("one-line.json"), "w");
    const block = Buffer.alloc(1024 * 1024, "x");
    for (let count = 0; count < 200; count++) writeSync(file, block);
    closeSync(file);
    const page = await read(real, { path: "one-line.json" });
    assert.ok(page.content.length <= 512 * 1024);
    assert.ok(page.nextOffset !== undefined, "it says that there is more");
    assert.equal((await search(real, "needle")).matches.length, 1);
  });

  it("that is binary is refused with what to do, is left out of searches, and the turn goes on", async () => {
    const real = await start({
      model: (_request, step) => {
        if (step === 1) return [use("repoagent_repo_file_read", { path: "picture.bin" }), end];
        return step === 2 ? [use("repoagent_repo_search", { query: "needle" }, "2"), end] : [say("Found."), end];
      },
    });
    writeFileSync(real.file("picture.bin"), Buffer.concat([Buffer.from("needle\0"), Buffer.alloc(5_000, 0xff)]));
    const failure = await failureOf(read(real, { path: "picture.bin" }));
    assert.equal(failure.kind, "invalidParams");
    assert.match(failure.message, /picture\.bin is a binary file\. It can be read with encoding "base64" only\./);
    const conversation = await turn(real);
    assert.match(toolAnswers(real, 2)[0] ?? "", /picture\.bin is a binary file/);
    assert.match(toolAnswers(real, 3)[1] ?? "", /small\.txt/);
    assert.doesNotMatch(toolAnswers(real, 3)[1] ?? "", /picture\.bin/);
    const bytes = await read(real, { path: "picture.bin", encoding: "base64", limit: 6 });
    assert.equal(Buffer.from(bytes.content, "base64").toString(), "needle");
    assert.ok(!conversation.items().some(({ kind }) => kind === "notice"));
  });

  it("that is sparse and 200 MB of zeros is refused at once as binary", async () => {
    const real = await start();
    const file = openSync(real.file("zeros"), "w");
    ftruncateSync(file, 200e6);
    closeSync(file);
    assert.match((await failureOf(read(real, { path: "zeros" }))).message, /zeros is a binary file/);
    assert.equal((await search(real, "needle")).matches.length, 1);
  });
});
