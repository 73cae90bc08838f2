import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { migrations } from "../../../src/node/store/schema.ts";
import type { SqliteStore } from "../../../src/node/store/sqliteStore.ts";
import { kindOf } from "../../support/failures.ts";
import { approval, call, conversation, makeFolder, makeStore, message, row } from "./rig.ts";

describe("the store", () => {
  let place: ReturnType<typeof makeFolder>;
  let store: SqliteStore;
  beforeEach(() => {
    place = makeFolder();
    store = makeStore(place.path);
  });
  afterEach(async () => {
    await store.close();
    place.remove();
  });

  /** Closes the database and opens it again, as another start of the host does. */
  async function reopen(): Promise<void> {
    await store.close();
    store = makeStore(place.path);
  }

  describe("conversations", () => {
    it("come back with their entries and calls in order, also after a restart", async () => {
      const saved = conversation("c1", { title: "First" });
      await Promise.all([
        store.saveConversation(saved),
        store.saveEntry(message("m2", "c1", "second", 3)),
        store.saveEntry(message("m1", "c1", "first", 1)),
        store.saveCall(call("k1", "c1", 2)),
      ]);
      await reopen();
      const loaded = await store.loadConversation("c1");
      assert.deepEqual(loaded?.conversation, saved);
      assert.deepEqual(
        loaded?.entries.map((entry) => entry.id),
        ["m1", "m2"],
      );
      assert.deepEqual(loaded?.calls, [call("k1", "c1", 2)]);
      assert.equal(await store.loadConversation("none"), undefined);
    });

    it("keep what was handed over, not what became of the record afterwards", async () => {
      const entry = message("m", "c", "as it was");
      const saving = [store.saveConversation(conversation("c")), store.saveEntry(entry)];
      entry.content = "changed later";
      await Promise.all(saving);
      const loaded = await store.loadConversation("c");
      assert.equal(loaded?.entries[0]?.kind === "message" && loaded.entries[0].content, "as it was");
    });

    it("are listed newest first, up to the limit", async () => {
      for (const [id, updatedAt] of [
        ["a", 1],
        ["b", 3],
        ["c", 2],
      ] as const) {
        await store.saveConversation(conversation(id, { updatedAt }));
      }
      const ids = async (limit?: number) => (await store.listConversations({ limit })).map((one) => one.id);
      assert.deepEqual(await ids(), ["b", "c", "a"]);
      assert.deepEqual(await ids(2), ["b", "c"]);
      await store.saveConversation(conversation("a", { updatedAt: 9 }));
      assert.deepEqual(await ids(), ["a", "b", "c"]);
    });

    it("are listed by workspace, so that another folder's newest does not hide this one's", async () => {
      await store.saveConversation(conversation("mine", { updatedAt: 1, workspace: "file:///mine" }));
      await store.saveConversation(conversation("other", { updatedAt: 2, workspace: "file:///other" }));
      const [newest] = await store.listConversations({ workspace: "file:///mine", limit: 1 });
      assert.equal(newest?.id, "mine");
    });

    it("are found by words of the title and of messages, whatever signs the query holds", async () => {
      await store.saveConversation(conversation("c1", { title: "Parser for comments" }));
      await store.saveConversation(conversation("c2", { title: "Something else" }));
      await store.saveEntry(message("m1", "c2", 'Where is the "tokenizer" of Müller?'));
      const found = async (query: string) => (await store.listConversations({ query })).map((one) => one.id);
      assert.deepEqual(await found("parser"), ["c1"]);
      assert.deepEqual(await found("pars comm"), ["c1"]);
      assert.deepEqual(await found("tokeni"), ["c2"]);
      assert.deepEqual(await found("muller"), ["c2"]);
      assert.deepEqual(await found("parser tokenizer"), []);
      assert.deepEqual(await found('" OR NEAR( * -'), []);
      assert.equal((await found("  ")).length, 2);
    });

    it("are found by what a message says now, not by what it said", async () => {
      await store.saveConversation(conversation("c"));
      await store.saveEntry(message("m", "c", "apples"));
      await store.saveEntry(message("m", "c", "pears"));
      assert.equal((await store.listConversations({ query: "apples" })).length, 0);
      assert.equal((await store.listConversations({ query: "pears" })).length, 1);
      await store.deleteEntry("m");
      assert.equal((await store.listConversations({ query: "pears" })).length, 0);
    });

    it("take everything with them when they are deleted; the journal keeps who did it", async () => {
      await store.saveConversation(conversation("c"));
      await store.saveEntry(message("m", "c", "secret words"));
      await store.saveCall(call("k", "c", 1));
      await store.saveTurn({
        id: "t",
        conversation: "c",
        startedAt: 1,
        state: "running",
        lease: { pid: 1, started: "a" },
      });
      await store.append([row(1, { conversation: "c", data: { content: "secret words" } })]);
      await store.deleteConversation("c");
      assert.equal(await store.loadConversation("c"), undefined);
      assert.equal(await store.loadCall("k"), undefined);
      assert.deepEqual(await store.openTurns(), []);
      assert.deepEqual(await store.listConversations({ query: "secret" }), []);
      const [kept] = await store.readJournal({});
      assert.equal(kept?.type, "tool.callStart");
      assert.equal(kept?.data, null);
    });

    it("refuse what belongs to a conversation that does not exist, and keep the rest of the batch", async () => {
      const saving = [
        store.saveConversation(conversation("c")),
        kindOf(store.saveEntry(message("m", "nowhere", "lost"))),
        store.saveEntry(message("n", "c", "kept")),
      ];
      assert.equal((await Promise.all(saving))[1], "notFound");
      assert.equal((await store.loadConversation("c"))?.entries.length, 1);
    });
  });

  it("keeps open turns and calls up to date", async () => {
    await store.saveConversation(conversation("c"));
    const turn = {
      id: "t",
      conversation: "c",
      startedAt: 1,
      state: "running" as const,
      lease: { pid: 7, started: "b" },
    };
    await store.saveTurn(turn);
    assert.deepEqual(await store.openTurns(), [turn]);
    await store.saveTurn({ ...turn, state: "ended", endedAt: 2 });
    assert.deepEqual(await store.openTurns(), []);
    await store.saveCall(call("k", undefined));
    await store.saveCall({ ...call("k", undefined), status: "succeeded", result: { ok: [1, "ä"] } });
    assert.deepEqual((await store.loadCall("k"))?.result, { ok: [1, "ä"] });
  });

  it("finds the calls that have not ended and the cards without an answer", async () => {
    await store.saveConversation(conversation("c"));
    await store.saveCall(call("k", "c", 1));
    const card = { ...approval("a", "c"), lease: { pid: 1, started: "x" } };
    await store.saveEntry(card);
    await store.saveEntry(message("m", "c", "hello"));
    assert.deepEqual(await store.openCalls(), [call("k", "c", 1)]);
    assert.deepEqual(await store.openCards(), [card]);
    await store.saveCall({ ...call("k", "c", 1), status: "failed", endedAt: 6 });
    await store.saveEntry({ ...card, choice: "deny" });
    assert.deepEqual(await store.openCalls(), []);
    assert.deepEqual(await store.openCards(), []);
  });

  it("finds what was left open in a database of the first version", async () => {
    await store.close();
    mkdirSync(dirname(place.path), { recursive: true });
    const first = new DatabaseSync(place.path);
    first.exec(`${migrations[0]}; PRAGMA user_version = 1`);
    const put = (table: string, columns: string, ...values: (string | number)[]) =>
      first.prepare(`INSERT INTO ${table} (${columns}) VALUES (${values.map(() => "?").join(", ")})`).run(...values);
    put("conversations", "id, updated_at, body", "c", 1, JSON.stringify(conversation("c")));
    for (const one of [call("k", "c", 1), { ...call("l", "c", 2), endedAt: 6 }])
      put("calls", "id, conversation, position, started_at, body", one.id, "c", 1, 5, JSON.stringify(one));
    put("calls", "id, started_at, body", "broken", 5, "no JSON");
    for (const one of [approval("a", "c"), { ...approval("b", "c"), choice: "once" }, message("m", "c", "hello")])
      put("entries", "id, conversation, position, body", one.id, "c", 1, JSON.stringify(one));
    first.close();
    await reopen();
    assert.deepEqual(await store.openCalls(), [call("k", "c", 1)]);
    assert.deepEqual(await store.openCards(), [approval("a", "c")]);
    assert.equal((await store.loadCall("l"))?.endedAt, 6, "the rest is as it was");
  });

  it("reads the journal by type, plugin and conversation, a page at a time", async () => {
    await store.append([
      row(1),
      row(2, { source: "sentinel", type: "self.log" }),
      row(3, { type: "plugin.activated", data: { pluginId: "sentinel" } }),
      row(4, { conversation: "c", callId: "k", rule: "r" }),
      row(5, { data: undefined }),
    ]);
    const seqs = async (filter: Parameters<SqliteStore["readJournal"]>[0]) =>
      (await store.readJournal(filter)).map((one) => one.seq);
    assert.deepEqual(await seqs({}), [1, 2, 3, 4, 5]);
    assert.deepEqual(await seqs({ limit: 2 }), [4, 5]);
    assert.deepEqual(await seqs({ limit: 2, beforeSeq: 4 }), [2, 3]);
    assert.deepEqual(await seqs({ plugin: "sentinel" }), [2, 3]);
    assert.deepEqual(await seqs({ types: ["self.log", "plugin.>"] }), [2, 3]);
    assert.deepEqual(await seqs({ types: [] }), []);
    assert.deepEqual(await store.readJournal({ conversation: "c" }), [
      row(4, { conversation: "c", callId: "k", rule: "r" }),
    ]);
  });

  it("finds in the journal words in any case and language, as they were said, and all who have a part in a row", async () => {
    const rule = {
      principals: ["agent", "plugin:one", "plugin:two"],
      pluginId: "one",
      verb: "act",
      target: "editor/open",
    };
    await store.append([
      row(1, { data: { path: "C:\\Users\\Ärger", said: 'a "GROSSE" \tpause' } }),
      row(2, { source: "host", type: "permission.decided", data: rule }),
      row(3, { source: "host", type: "permission.decided", data: { ...rule, target: "three/go" } }),
      row(4, { source: "host", type: "permission.rule", data: { who: "plugin:two", target: "three/go" } }),
      row(5, { data: "plugin:two" }),
    ]);
    const seqs = async (filter: Parameters<SqliteStore["readJournal"]>[0]) =>
      (await store.readJournal(filter)).map((one) => one.seq);
    for (const text of ["ÄRGER", "ärger users", "c:\\users\\är", '"grosse"', '"grosse" PAUSE'])
      assert.deepEqual(await seqs({ text }), [1], text);
    assert.deepEqual(await seqs({ text: "arger" }), []);
    assert.deepEqual(await seqs({ plugin: "one" }), [2, 3]);
    assert.deepEqual(await seqs({ plugin: "two" }), [2, 3]);
    assert.deepEqual(await seqs({ plugin: "three" }), [3]);
  });

  it("takes back the whole of an operation that fails, and nothing else", async () => {
    const broken = { ...row(3), type: undefined as unknown as string };
    const saving = [store.append([row(1)]), kindOf(store.append([row(2), broken])), store.append([row(4)])];
    assert.equal((await Promise.all(saving))[1], "internal");
    assert.deepEqual(
      (await store.readJournal({})).map((one) => one.seq),
      [1, 4],
    );
  });

  it("keeps rules", async () => {
    const rule = { id: "r", who: "agent", verb: "call", target: "a/b", effect: "allow", source: "person" } as const;
    await store.saveRule(rule);
    await store.saveRule({ ...rule, effect: "deny" });
    await reopen();
    assert.deepEqual(await store.loadRules(), [{ ...rule, effect: "deny" }]);
    await store.deleteRule("r");
    assert.deepEqual(await store.loadRules(), []);
  });

  describe("state", () => {
    it("has a revision that only grows, also over a delete", async () => {
      assert.equal(await store.getState("p", "plugin", "k"), undefined);
      assert.equal(await store.setState("p", "plugin", "k", "1"), 1);
      assert.equal(await store.setState("p", "plugin", "k", "2", 1), 2);
      assert.deepEqual(await store.getState("p", "plugin", "k"), { value: "2", rev: 2 });
      assert.equal(await store.deleteState("p", "plugin", "k"), true);
      assert.equal(await store.deleteState("p", "plugin", "k"), false);
      assert.equal(await store.getState("p", "plugin", "k"), undefined);
      assert.equal(await store.setState("p", "plugin", "k", "3", 0), 4);
    });

    it("is compared before it is set", async () => {
      await store.setState("p", "s", "k", "1", 0);
      assert.equal(await kindOf(store.setState("p", "s", "k", "2", 0)), "conflict");
      assert.equal(await kindOf(store.setState("p", "s", "k", "2", 7)), "conflict");
      assert.equal(await kindOf(store.deleteState("p", "s", "k", 7)), "conflict");
      const both = [store.setState("p", "s", "k", "a", 1), kindOf(store.setState("p", "s", "k", "b", 1))];
      assert.deepEqual(await Promise.all(both), [2, "conflict"]);
      assert.equal((await store.getState("p", "s", "k"))?.value, "a");
    });

    it("is apart for each owner and scope, and listed by prefix in pages", async () => {
      for (const key of ["a_1", "a_2", "a_3", "aX", "b"]) await store.setState("p", "s", key, "1");
      await store.setState("p", "other", "a_9", "1");
      await store.setState("q", "s", "a_9", "1");
      await store.deleteState("p", "s", "a_2");
      const keys = async (prefix: string, after?: string, limit = 10) =>
        (await store.listState("p", "s", prefix, after, limit)).map((one) => one.key);
      assert.deepEqual(await keys("a_"), ["a_1", "a_3"]);
      assert.deepEqual(await keys(""), ["aX", "a_1", "a_3", "b"]);
      assert.deepEqual(await keys("a_", "a_1"), ["a_3"]);
      assert.deepEqual(await keys("", undefined, 1), ["aX"]);
      for (const key of ["n\0one", "n\0two", "é𝒳"]) await store.setState("p", "s", key, "1");
      assert.deepEqual(await keys("n\0"), ["n\0one", "n\0two"]);
      assert.deepEqual(await keys("é"), ["é𝒳"]);
    });

    it("holds at most 50 MiB for one owner", async () => {
      const value = "x".repeat(1024 * 1024 - 10);
      for (let i = 0; i < 50; i++) await store.setState("p", "s", `key-${String(i).padStart(2, "0")}`, value);
      assert.equal(await kindOf(store.setState("p", "s", "more", "x".repeat(1024))), "tooLarge");
      assert.equal(await store.setState("q", "s", "more", value), 1);
      assert.equal(await store.setState("p", "s", "key-00", "small"), 2);
      assert.equal(await store.setState("p", "s", "more", "x".repeat(1024)), 1);
    });
  });

  it("writes what is asked for in one tick faster than one by one, and in order", async () => {
    await store.saveConversation(conversation("c"));
    const saving = [];
    for (let i = 0; i < 1_000; i++) saving.push(store.saveEntry(message("m", "c", `text ${i}`)));
    await Promise.all(saving);
    const loaded = await store.loadConversation("c");
    assert.equal(loaded?.entries[0]?.kind === "message" && loaded.entries[0].content, "text 999");
  });

  it("finishes what was asked for before it closes, and refuses what comes after", async () => {
    const saved = store.saveConversation(conversation("c"));
    await store.close();
    await saved;
    assert.equal(await kindOf(store.saveConversation(conversation("d"))), "unavailable");
    store = makeStore(place.path);
    assert.equal((await store.listConversations({})).length, 1);
  });
});
