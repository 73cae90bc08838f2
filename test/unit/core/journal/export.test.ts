import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { type ExportFormat, exportJournal } from "../../../../src/core/journal/export.ts";
import type { JournalFilter, JournalRow } from "../../../../src/core/journal/records.ts";
import { shownParams, withoutSecrets } from "../../../../src/core/journal/secrets.ts";
import { SqliteStore } from "../../../../src/node/store/sqliteStore.ts";
import { writePieces } from "../../../../src/node/writePieces.ts";

const workerProgram = join(import.meta.dirname, "../../../../src/node/storeWorker.ts");
const row = (seq: number, more: Partial<JournalRow> = {}): JournalRow => ({
  ...{ seq, timestamp: seq * 1_000, type: "bell.rings", source: "p", data: { n: seq } },
  ...more,
});

describe("what looks like a secret", () => {
  it("is taken out by the name of its field, and by its look, wherever it is", () => {
    const given = {
      password: "hunter2",
      apiKey: "x",
      api_key: "x",
      accessToken: "x",
      Authorization: "x",
      "set-cookie": "x",
      nested: [{ client_secret: { deep: 1 } }],
      text: "curl -H 'Authorization: Bearer abcdefghijklmnop' https://me:pa55@host/ sk-abcdefghijklmnopqrstuvwxyz",
      assigned: "export API_KEY=abcd1234",
      jwt: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
    };
    const text = JSON.stringify(withoutSecrets(given));
    for (const gone of ["hunter2", '"x"', "abcdefghijklmnop", "pa55", "abcd1234", "eyJ", "deep"])
      assert.ok(!text.includes(gone), `${gone} in ${text}`);
    assert.ok(text.includes("https://me:•••@host/"));
  });

  it("leaves everything else as it is", () => {
    const given = {
      tokens: 12,
      inputTokens: 3,
      text: "A token of thanks: the password field is required.",
      list: [1, null, true],
      key: "a.ts",
    };
    assert.deepEqual(withoutSecrets(given), given);
  });

  it("is not in the params that are shown, which are cut besides", () => {
    const params = {
      token: "abc",
      text: "x".repeat(5_000),
      list: Array.from({ length: 200 }, (_, n) => n),
      _meta: { callId: "c" },
    };
    const shown = shownParams(params);
    assert.equal(shown.token, "•••");
    assert.equal(shown.text, `${"x".repeat(1_000)}… (5000 characters)`);
    assert.equal((shown.list as unknown[]).length, 50);
    assert.equal(shown._meta, undefined);
  });

  it("is found in a long text of any shape in no time", () => {
    const started = performance.now();
    for (const piece of ["a:", "//", "Bearer ", "password=", "-----BEGIN PRIVATE KEY-----", "eyJ.", "x@"])
      withoutSecrets(piece.repeat(Math.floor(200_000 / piece.length)));
    assert.ok(performance.now() - started < 3_000, `${performance.now() - started} ms`);
  });
});

describe("an export of the journal", () => {
  let store: SqliteStore;
  const path = join(tmpdir(), `parley-export-${process.pid}.db`);
  beforeEach(() => {
    store = new SqliteStore({ path, workerProgram, logger: silentLogger });
  });
  afterEach(async () => {
    await store.close();
    for (const ending of ["", "-wal", "-shm"]) rmSync(path + ending, { force: true });
  });

  const exported = async (format: ExportFormat, filter: JournalFilter = {}) => {
    let text = "";
    for await (const piece of exportJournal(store, format, filter)) text += piece;
    return text;
  };

  it("has a line of JSON for each row that fits, oldest first, without secrets", async () => {
    await store.append([
      row(1, { rule: "r", rules: { "plugin:p": "r", agent: "s" }, data: { token: "abc", text: "Hello" } }),
      row(2, { source: "host", type: "plugin.error", data: { pluginId: "q", reason: "It crashed." } }),
      row(3, { conversation: "c", timestamp: 9_000 }),
      row(4, { source: "host", type: "call.ended", data: { caller: "plugin:a", target: "b/go" } }),
    ]);
    const lines = (await exported("jsonl"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ seq }) => seq),
      [1, 2, 3, 4],
    );
    assert.deepEqual(lines[0].data, { token: "•••", text: "Hello" });
    assert.deepEqual(lines[0].rules, { "plugin:p": "r", agent: "s" });
    const found = async (filter: JournalFilter) =>
      (await exported("jsonl", filter))
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).seq);
    assert.deepEqual(await found({ plugin: "q" }), [2]);
    assert.deepEqual(
      [await found({ plugin: "a" }), await found({ plugin: "b" })],
      [[4], [4]],
      "both parties of a call",
    );
    assert.deepEqual(await found({ types: ["plugin.>"] }), [2]);
    assert.deepEqual(await found({ rule: "r" }), [1]);
    assert.deepEqual(await found({ rule: "s" }), [1], "a rule for any of the principals");
    assert.deepEqual(await found({ conversation: "c" }), [3]);
    assert.deepEqual(await found({ since: 2_000, until: 3_000 }), [2]);
    assert.deepEqual(await found({ text: "CRASHED it" }), [2], "all words, in any case");
    assert.deepEqual(await found({ text: "nothing like it" }), []);
  });

  it("has quoted values in CSV, and none that a spreadsheet would run", async () => {
    await store.append([row(1, { data: 'say "hi",\nthen' }), row(2, { type: "=cmd()", data: 1 })]);
    const lines = (await exported("csv")).split("\r\n");
    assert.equal(lines[0], "timestamp,type,source,conversation,callId,rule,rules,data");
    assert.equal(lines[1], `1970-01-01T00:00:01.000Z,bell.rings,p,,,,,"""say \\""hi\\"",\\nthen"""`);
    assert.equal(lines[2], "1970-01-01T00:00:02.000Z,'=cmd(),p,,,,,1");
  });

  it("of 100,000 rows holds nobody up, and is whole", async () => {
    for (let page = 0; page < 100; page++)
      await store.append(Array.from({ length: 1_000 }, (_, index) => row(page * 1_000 + index + 1)));
    const file = `${path}.jsonl`;
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await writePieces(file, exportJournal(store, "jsonl", {}));
    clearInterval(timer);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    assert.equal(lines.length, 100_000);
    assert.equal(JSON.parse(lines[99_999] ?? "").seq, 100_000);
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
    rmSync(file);
    assert.ok(longest < 500, `the longest pause was ${Math.round(longest)} ms`);
  }).timeout(60_000);
});
