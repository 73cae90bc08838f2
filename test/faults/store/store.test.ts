import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { silentLogger } from "../../../src/base/logger.ts";
import { SqliteStore } from "../../../src/node/store/sqliteStore.ts";
import { failureOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { conversation, makeFolder, makeStore, message, row } from "../../unit/store/rig.ts";

const writer = join(import.meta.dirname, "writer.ts");
const mortal = join(import.meta.dirname, "mortalWorker.ts");
const run = promisify(execFile);

describe("the store, when things go wrong", () => {
  let place: ReturnType<typeof makeFolder>;
  const stores: SqliteStore[] = [];
  beforeEach(() => {
    place = makeFolder();
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    place.remove();
  });

  function openStore(): SqliteStore {
    const store = makeStore(place.path);
    stores.push(store);
    return store;
  }

  it("two windows write at the same time, and nothing of either is lost", async () => {
    const node = process.execPath;
    await Promise.all([
      run(node, [writer, place.path, "one", "count", "2000"]),
      run(node, [writer, place.path, "two", "count", "2000"]),
    ]);
    const store = openStore();
    for (const source of ["one", "two"]) {
      const rows = await store.readJournal({ plugin: source, limit: 10_000 });
      assert.equal(rows.length, 2_000);
      assert.equal(new Set(rows.map((one) => one.seq)).size, 2_000);
    }
  });

  it("a writer that is killed in mid-batch leaves whole batches, and all that it was promised", async () => {
    const child = spawn(process.execPath, [writer, place.path, "victim", "endless"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += chunk;
    });
    await until("it has written for a while", () => printed.split("\n").length > 30, { everyMs: 1 });
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await gone;
    const promised = Number(printed.trimEnd().split("\n").at(-1));
    const rows = await openStore().readJournal({ plugin: "victim", limit: 10_000 });
    assert.equal(rows.length % 10, 0, "no half batch");
    assert.ok(rows.length >= promised * 10, `${rows.length} rows of at least ${promised * 10}`);
  });

  it("a file that is no database is kept aside, and a fresh one is begun", async () => {
    mkdirSync(dirname(place.path), { recursive: true });
    writeFileSync(place.path, "this is no database, but somebody may still want it. ".repeat(100));
    const store = openStore();
    const notices: string[] = [];
    store.onNotice((notice) => notices.push(notice));
    const report = await store.open();
    assert.match(report.notice ?? "", /was damaged\. It was kept as .*\.damaged-/);
    assert.equal(report.readOnly, undefined);
    assert.deepEqual(notices, [report.notice]);
    await store.saveConversation(conversation("c"));
    const kept = readdirSync(dirname(place.path)).find((name) => name.includes(".damaged-")) ?? "";
    assert.match(readFileSync(join(dirname(place.path), kept), "utf8"), /somebody may still want it/);
  });

  it("a file that goes bad under an open database is replaced, and the rest goes on", async () => {
    const store = openStore();
    const notices: string[] = [];
    store.onNotice((notice) => notices.push(notice));
    await store.saveConversation(conversation("c"));
    for (let i = 0; i < 200; i++) await store.saveEntry(message(`m${i}`, "c", "x".repeat(2_000), i));
    await store.close();
    const again = openStore();
    again.onNotice((notice) => notices.push(notice));
    await again.open();
    const file = openSync(place.path, "r+");
    for (let page = 1; page < 100; page++) writeSync(file, Buffer.alloc(4_096, 0xa5), 0, 4_096, page * 4_096);
    closeSync(file);
    const failure = await failureOf(again.loadConversation("c"));
    assert.equal(failure.kind, "unavailable");
    assert.match(failure.message, /damaged/);
    await again.saveConversation(conversation("d"));
    assert.deepEqual(
      (await again.listConversations({})).map((one) => one.id),
      ["d"],
    );
    assert.equal(notices.length, 1);
    assert.ok(readdirSync(dirname(place.path)).some((name) => name.startsWith(`${basename(place.path)}.damaged-`)));
  });

  it("a database of a newer version is read and not written", async () => {
    const first = openStore();
    await first.saveConversation(conversation("c"));
    await first.close();
    const database = new DatabaseSync(place.path);
    database.exec("ALTER TABLE conversations ADD COLUMN colour TEXT; PRAGMA user_version = 99");
    database.close();
    const store = openStore();
    const report = await store.open();
    assert.match(report.readOnly ?? "", /newer version of Parley \(format 99, this one knows \d+\).*Reload the window/);
    assert.equal(store.readOnly, report.readOnly);
    assert.equal((await store.loadConversation("c"))?.conversation.id, "c");
    const failure = await failureOf(store.saveConversation(conversation("d")));
    assert.equal(failure.kind, "unavailable");
    assert.equal(failure.message, report.readOnly);
    assert.equal((await store.listConversations({})).length, 1);
  });

  it("a folder that cannot be made leaves an empty history, and says why nothing is saved", async () => {
    writeFileSync(dirname(place.path), "a file where the folder should be");
    const store = openStore();
    assert.match((await store.open()).readOnly ?? "", /cannot be|failed/);
    assert.deepEqual(await store.listConversations({}), []);
    assert.equal((await failureOf(store.append([row(1)]))).kind, "unavailable");
  });

  it("a full disk fails the save, keeps nothing of it by half, and reading goes on", async () => {
    // The shell's limit on the size of files stands for the disk; in blocks of 512 bytes.
    const command = `ulimit -f 2000; exec "$0" "$@"`;
    const args = ["-c", command, process.execPath, writer, place.path, "big", "large"];
    const { stdout } = await run("sh", args);
    const result = JSON.parse(stdout);
    assert.equal(result.kind, "unavailable", stdout);
    assert.match(result.message, /disk is full/);
    assert.ok(result.kept > 10, stdout);
    assert.equal(result.read, result.kept * 2, "both rows of a pair, or neither");
    const after = openStore();
    assert.equal((await after.readJournal({ limit: 10_000 })).length, result.read);
    await after.append([row(1)]);
  });

  it("a lock that is held too long fails the save, and the next one works", async () => {
    const store = openStore();
    await store.open();
    const other = new DatabaseSync(place.path);
    other.exec("BEGIN IMMEDIATE");
    const failure = await failureOf(store.append([row(1)]));
    assert.equal(failure.kind, "unavailable");
    assert.match(failure.message, /locked by another window/);
    other.exec("ROLLBACK");
    other.close();
    await store.append([row(2)]);
    assert.deepEqual(
      (await store.readJournal({})).map((one) => one.seq),
      [2],
    );
  });

  it("a thread that dies fails what it was doing, and a new one goes on", async () => {
    const store = new SqliteStore({ path: place.path, workerProgram: mortal, logger: silentLogger });
    stores.push(store);
    await store.saveConversation(conversation("c"));
    const failures = [failureOf(store.append([row(1)])), failureOf(store.deleteRule("die"))];
    for (const failure of await Promise.all(failures)) {
      assert.equal(failure.kind, "unavailable");
      assert.match(failure.message, /thread ended before/);
    }
    await store.append([row(2)]);
    assert.equal((await store.listConversations({})).length, 1);
    assert.equal((await store.readJournal({})).length, 1);
  });
});
