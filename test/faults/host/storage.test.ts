import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { silentLogger } from "../../../src/base/logger.ts";
import { SqliteStore } from "../../../src/node/store/sqliteStore.ts";
import { failureOf } from "../../support/failures.ts";
import { putPackage } from "../../support/realHost.ts";
import { conversation as conversationRecord, message, workerProgram } from "../../unit/store/rig.ts";
import { assertWorks, call, end, hosts, say, turn, use } from "./rig.ts";

const fullDisk = join(import.meta.dirname, "fullDisk.ts");

describe("a database that cannot be written", () => {
  const { open, stopAll } = hosts();
  afterEach(stopAll);

  it("because the disk is full: one word outside, one notice that says what to do, and the window goes on", async () => {
    // The shell's limit on the size of files stands for the disk; in blocks of 512 bytes.
    const args = ["-c", `ulimit -f 8000; exec "$0" "$@"`, process.execPath, fullDisk];
    const { stdout } = await promisify(execFile)("sh", args, { timeout: 50_000 });
    const seen = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    assert.ok(seen.turns > 2 && seen.turns < 60, stdout);
    assert.equal(seen.said.length, 1, stdout);
    assert.match(seen.said[0], /The history cannot be saved: the disk is full.*(Free some space|Look after the disk)/);
    assert.ok(seen.notices.length <= 1, stdout);
    for (const { level, text, todo } of seen.notices) {
      assert.equal(level, "error");
      assert.match(text, /disk is full/);
      assert.match(todo, /then try again/);
    }
    assert.ok(seen.noticesAfter - seen.notices.length <= 1, "each turn that cannot begin says so once");
    assert.equal(seen.state, "idle");
    assert.deepEqual(seen.result, { echo: { by: "person" } }, "plugins go on");
    assert.ok(seen.listed >= 1, "what was saved is read");
  });

  /** A database with a conversation and a turn that a dead process left open, as a newer version would leave it. */
  async function newerDatabase(path: string): Promise<void> {
    const store = new SqliteStore({ path, workerProgram, logger: silentLogger });
    await store.saveConversation(conversationRecord("old", { title: "From tomorrow" }));
    await store.saveEntry(message("m", "old", "what was said tomorrow"));
    const lease = { pid: 1, started: "long ago" };
    await store.saveTurn({ id: "t", conversation: "old", startedAt: 1, state: "running", lease });
    await store.close();
    const database = new DatabaseSync(path);
    database.exec("ALTER TABLE conversations ADD COLUMN colour TEXT; PRAGMA user_version = 99");
    database.close();
  }

  it("because a newer version wrote it: said once, it can be read, and a turn says why it does not begin", async () => {
    const real = await open({
      packages: (folder) => void putPackage(folder, "good"),
      database: newerDatabase,
      model: () => [use("good_go", {}), end],
    });
    const newer = /written by a newer version of Parley \(format 99, .*nothing is saved\. Reload the window/;
    assert.equal(real.said.length, 1, real.said.join("\n"));
    assert.match(real.said[0] ?? "", newer);
    const old = await real.host.conversations.show("old");
    assert.deepEqual(
      old.items().map((item) => item.kind === "message" && item.content),
      ["what was said tomorrow"],
      "the open turn of the other version is left alone",
    );
    const conversation = await turn(real);
    const notices = conversation.items().flatMap((item) => (item.kind === "notice" ? [item] : []));
    assert.equal(notices.length, 1);
    assert.match(notices[0]?.text ?? "", newer);
    assert.equal(real.requests.length, 0, "nothing is begun that could not be written down");
    assert.equal(real.said.length, 1, "and it is not said again for every write");
    assert.equal((await real.host.conversations.list("tomorrow")).length, 1, "search works");
    real.host.conversations.create();
    await assertWorks(real);
  });

  it("and whose tables are unknown too, leaves a window that works without its history", async () => {
    const real = await open({
      packages: (folder) => void putPackage(folder, "good"),
      database: (path) => {
        const database = new DatabaseSync(path);
        database.exec("CREATE TABLE something (new TEXT); PRAGMA user_version = 99");
        database.close();
      },
      model: () => [say("Hello."), end],
    });
    assert.equal(real.said.length, 1);
    assert.match(real.said[0] ?? "", /newer version of Parley .*it cannot be read, and nothing is saved/);
    await turn(real);
    await assertWorks(real);
    assert.match((await failureOf(real.store.deleteRule("r"))).message, /newer version/);
  });

  it("fails a call that has an effect before the effect, and lets one that only reads pass", async () => {
    const real = await open({
      packages: (folder) => {
        putPackage(folder, "good");
        const offers = [{ name: "change", description: "Changes.", action: "write" }];
        putPackage(folder, "writer", { parley: { offers } });
      },
      database: newerDatabase,
    });
    const failure = await failureOf(call(real, "writer", { name: "change" }));
    assert.match(failure.message, /newer version/);
    assert.equal(real.host.supervisor.view("writer")?.epoch, 0, "it was not even started");
    await assertWorks(real);
  });
});
