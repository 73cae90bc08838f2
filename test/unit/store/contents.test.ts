import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import { contentOperations } from "../../../src/node/store/contents.ts";
import { migrations } from "../../../src/node/store/schema.ts";
import { Statements } from "../../../src/node/store/statements.ts";

describe("what is too large for the store's rows", () => {
  let folder: string;
  let database: sqlite.DatabaseSync;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-contents-"));
    database = new sqlite.DatabaseSync(":memory:");
    for (const migration of migrations) database.exec(migration);
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const operations = (ageMs: number, bytes: number) =>
    contentOperations(new Statements(database), join(folder, "contents"), { ageMs, bytes });
  const content = (id: string, text: string, createdAt: number) => ({
    ...{ id, text, createdAt, body: `"${id}"`, conversation: null },
  });
  const files = () => readdirSync(join(folder, "contents")).length;

  it("is one file for what was said twice", () => {
    const { saveContent, loadContent } = operations(1_000, 1_000);
    saveContent(content("a", "same", 1));
    saveContent(content("b", "same", 2));
    assert.equal(files(), 1);
    assert.deepEqual(
      [loadContent("a"), loadContent("b")],
      [
        { text: "same", body: '"a"' },
        { text: "same", body: '"b"' },
      ],
    );
    assert.equal(loadContent("c"), undefined);
  });

  it("goes with its age, and the oldest when there is too much; its file goes with the last of it", () => {
    const { saveContent, loadContent } = operations(100, 10);
    saveContent(content("old", "12345", 0));
    saveContent(content("kept", "12345", 90));
    saveContent(content("now", "abc", 110));
    assert.equal(loadContent("old"), undefined);
    assert.equal(loadContent("kept")?.text, "12345");
    saveContent(content("more", "abcdefgh", 120));
    assert.deepEqual(
      [loadContent("kept"), loadContent("now"), loadContent("more")?.text],
      [undefined, undefined, "abcdefgh"],
    );
    assert.equal(files(), 1);
  });

  it("is not there where its file was changed or lost, and strays are removed", () => {
    const { saveContent, loadContent } = operations(1_000, 1_000);
    mkdirSync(join(folder, "contents"));
    writeFileSync(join(folder, "contents", "stray"), "x");
    saveContent(content("a", "said", 1));
    assert.equal(files(), 1);
    const [name = ""] = readdirSync(join(folder, "contents"));
    writeFileSync(join(folder, "contents", name), "forged");
    assert.equal(loadContent("a"), undefined);
    rmSync(join(folder, "contents", name));
    assert.equal(loadContent("a"), undefined);
  });
});
