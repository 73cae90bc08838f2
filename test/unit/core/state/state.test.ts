import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeClock } from "../../../../src/base/clock.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { countingIds } from "../../../../src/base/ids.ts";
import { Rates } from "../../../../src/core/rules/rates.ts";
import { Rulebook } from "../../../../src/core/rules/rulebook.ts";
import { PluginState, type StateStore } from "../../../../src/core/state/state.ts";
import { stateTopic } from "../../../../src/core/state/topics.ts";
import { limits } from "../../../../src/protocol/limits.ts";
import { topic } from "../../../../src/protocol/plugin/common.ts";
import { getStateResult, listStateResult, stateScope } from "../../../../src/protocol/plugin/state.ts";

/** What the store promises, in memory. */
function memoryStore(): StateStore {
  const rows = new Map<string, { value: string; rev: number }>();
  const id = (...parts: string[]) => JSON.stringify(parts);
  const check = (key: string, ifRev: number | undefined) => {
    const rev = rows.get(key)?.rev ?? 0;
    if (ifRev !== undefined && ifRev !== rev) throw new Failure("conflict", "It changed.", { details: { rev } });
  };
  return {
    getState: async (owner, scope, key) => rows.get(id(owner, scope, key)),
    async setState(owner, scope, key, value, ifRev) {
      const row = id(owner, scope, key);
      check(row, ifRev);
      const rev = (rows.get(row)?.rev ?? 0) + 1;
      rows.set(row, { value, rev });
      return rev;
    },
    async deleteState(owner, scope, key, ifRev) {
      check(id(owner, scope, key), ifRev);
      return rows.delete(id(owner, scope, key));
    },
    async adoptState() {},
    async listState(owner, scope, prefix, after, limit) {
      const keys = [...rows].flatMap(([row, { rev }]) => {
        const [o, s, key = ""] = JSON.parse(row) as string[];
        return o === owner && s === scope && key.startsWith(prefix) && key > (after ?? "") ? [{ key, rev }] : [];
      });
      return keys.sort((one, other) => (one.key < other.key ? -1 : 1)).slice(0, limit);
    },
  };
}

function setUp() {
  const clock = new FakeClock();
  const rules = { loadRules: async () => [], saveRule: async () => {}, deleteRule: async () => {} };
  const rulebook = new Rulebook({ store: rules, clock, ids: countingIds() });
  const events: { type: string; data: unknown; to?: string; conversation?: string }[] = [];
  const state = new PluginState({
    store: memoryStore(),
    decide: (request) => rulebook.decide(request),
    publish: (event) => void events.push(event),
    rates: new Rates({ clock }),
  });
  return { state, rulebook, events, clock };
}

const named = (plugin: string) => ({ plugin, home: { owner: `user//${plugin}`, adopts: plugin } });
const a = { ...named("a"), conversation: "c1", workspace: "w1" };
const b = { ...named("b"), conversation: "c1", workspace: "w1" };

describe("plugins' state", () => {
  it("gives back what was set, with its revision, until it is deleted", async () => {
    const { state } = setUp();
    const at = { scope: "plugin", key: "k" };
    assert.deepEqual(getStateResult.parse(await state.get(a, at)), { rev: 0 });
    assert.deepEqual(await state.set(a, { ...at, value: { n: 1 } }), { rev: 1 });
    assert.deepEqual(await state.set(a, { ...at, value: null }), { rev: 2 });
    assert.deepEqual(await state.get(a, at), { value: null, rev: 2 });
    assert.deepEqual(await state.delete(a, at), { deleted: true });
    assert.deepEqual(await state.delete(a, at), { deleted: false });
    assert.deepEqual(await state.get(a, at), { rev: 0 });
  });

  it("keeps plugins, scopes, conversations and workspaces apart", async () => {
    const { state } = setUp();
    const places = [
      [a, "plugin"],
      [b, "plugin"],
      [a, "workspace"],
      [{ ...a, workspace: "w2" }, "workspace"],
      [a, "conversation"],
      [{ ...a, conversation: "c2" }, "conversation"],
      // Ids that look like another place.
      [{ ...a, conversation: "w1" }, "conversation"],
    ] as const;
    for (const [index, [caller, scope]] of places.entries()) await state.set(caller, { scope, key: "k", value: index });
    for (const [index, [caller, scope]] of places.entries()) {
      assert.deepEqual(await state.get(caller, { scope, key: "k" }), { value: index, rev: 1 });
    }
  });

  it("says where there is no conversation or workspace to keep it in", async () => {
    const { state } = setUp();
    for (const scope of ["conversation", "workspace"]) {
      await assert.rejects(state.set(named("a"), { scope, key: "k", value: 1 }), { kind: "unavailable" });
    }
  });

  it("is shared only by grant, and reading is no right to write", async () => {
    const { state, rulebook } = setUp();
    const at = { scope: "shared:team", key: "k" };
    await assert.rejects(state.get(a, at), { kind: "denied" });
    const may = (who: string, action?: "read") =>
      rulebook.addPersonRule({ who, verb: "state", target: "shared:team", action, effect: "allow" });
    await may("plugin:a");
    await may("plugin:b", "read");
    await state.set(a, { ...at, value: "for all" });
    assert.deepEqual(await state.get(b, at), { value: "for all", rev: 1 });
    assert.deepEqual((await state.list(b, { scope: at.scope, prefix: "" })).keys, [{ key: "k", rev: 1 }]);
    await assert.rejects(state.set(b, { ...at, value: 1 }), { kind: "denied" });
    await assert.rejects(state.delete(b, at), { kind: "denied" });
    await assert.rejects(state.set(a, { scope: "shared:other", key: "k", value: 1 }), { kind: "denied" });
  });

  it("compares and sets", async () => {
    const { state } = setUp();
    const at = { scope: "plugin", key: "k" };
    await assert.rejects(state.set(a, { ...at, value: 1, ifRev: 1 }), { kind: "conflict" });
    await state.set(a, { ...at, value: 1, ifRev: 0 });
    await assert.rejects(state.set(a, { ...at, value: 2, ifRev: 0 }), { kind: "conflict" });
    await assert.rejects(state.delete(a, { ...at, ifRev: 2 }), { kind: "conflict" });
    assert.deepEqual(await state.delete(a, { ...at, ifRev: 1 }), { deleted: true });
  });

  it("lets of several writers exactly one win each revision", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { maxLength: 40 }), async (writers) => {
        const { state, clock } = setUp();
        const seen = [0, 0, 0, 0];
        let wins = 0;
        for (const writer of writers) {
          clock.advance(1_000);
          const ifRev = seen[writer];
          const won = await state.set(a, { scope: "plugin", key: "k", value: writer, ifRev }).then(
            ({ rev }) => rev,
            () => undefined,
          );
          assert.equal(won !== undefined, ifRev === wins);
          if (won !== undefined) wins++;
          seen[writer] = (await state.get(a, { scope: "plugin", key: "k" })).rev;
          assert.equal(seen[writer], wins);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("takes 1 MiB as JSON in UTF-8 and no byte more", async () => {
    const { state } = setUp();
    const fits = "é".repeat((limits.stateValueBytes - 2) / 2);
    await state.set(a, { scope: "plugin", key: "k", value: fits });
    await assert.rejects(state.set(a, { scope: "plugin", key: "k", value: `${fits}x` }), {
      kind: "tooLarge",
      details: { limit: limits.stateValueBytes },
    });
    await assert.rejects(state.set(a, { scope: "plugin", key: "k", value: undefined }), { kind: "invalidParams" });
    assert.equal((await state.get(a, { scope: "plugin", key: "k" })).rev, 1);
  });

  it("limits how often a plugin writes, not how often it reads", async () => {
    const { state } = setUp();
    const at = { scope: "plugin", key: "k" };
    for (let count = 0; count < 50; count++) await state.set(a, { ...at, value: count });
    await assert.rejects(state.set(a, { ...at, value: 1 }), {
      kind: "overloaded",
      details: { retryAfterMs: 50, limit: "stateWrites" },
    });
    await assert.rejects(state.delete(a, at), { kind: "overloaded" });
    await state.set(b, { ...at, value: 1 });
    for (let count = 0; count < 100; count++) await state.get(a, at);
  });

  it("does not count what somebody else was faster with", async () => {
    const { state } = setUp();
    const at = { scope: "plugin", key: "k" };
    await state.set(a, { ...at, value: 0 });
    for (let count = 0; count < 200; count++) {
      await assert.rejects(state.set(a, { ...at, value: 1, ifRev: 7 }), { kind: "conflict" });
      await assert.rejects(state.delete(a, { ...at, ifRev: 7 }), { kind: "conflict" });
    }
    for (let count = 1; count < 50; count++) await state.set(a, { ...at, value: count, ifRev: count });
    await assert.rejects(state.set(a, { ...at, value: 1 }), { kind: "overloaded" });
  });

  it("pages through many keys", async () => {
    const { state, clock } = setUp();
    for (let count = 0; count < 1_001; count++) {
      clock.advance(50);
      await state.set(a, { scope: "plugin", key: `k${String(count).padStart(4, "0")}`, value: 1 });
    }
    await state.set(b, { scope: "plugin", key: "k", value: 1 });
    const first = listStateResult.parse(await state.list(a, { scope: "plugin", prefix: "k" }));
    assert.deepEqual([first.keys.length, first.more], [1_000, true]);
    const rest = await state.list(a, { scope: "plugin", prefix: "k", after: first.keys.at(-1)?.key });
    assert.deepEqual([rest.keys, rest.more], [[{ key: "k1000", rev: 1 }], false]);
  });

  it("tells of changes without the value: the owner of its own, everybody of what is shared", async () => {
    const { state, rulebook, events, clock } = setUp();
    await rulebook.addPersonRule({ who: "*", verb: "state", target: "shared:*", effect: "allow" });
    await state.set(a, { scope: "plugin", key: "config.theme", value: "secret" });
    await state.set(a, { scope: "conversation", key: "n", value: 1 });
    await state.set(a, { scope: "shared:team.notes", key: "k/1", value: 1 });
    await state.delete(a, { scope: "shared:team.notes", key: "k/1" });
    await state.delete(a, { scope: "shared:team.notes", key: "k/1" });
    await assert.rejects(state.set(a, { scope: "plugin", key: "n", value: 1, ifRev: 9 }));
    clock.advance(0);
    assert.deepEqual(events, [
      { type: "state.plugin.config.theme", data: { scope: "plugin", key: "config.theme", rev: 1, by: "a" }, to: "a" },
      {
        type: "state.conversation.n",
        data: { scope: "conversation", key: "n", rev: 1, by: "a" },
        to: "a",
        conversation: "c1",
      },
      { type: "state.shared.team_notes.k_1", data: { scope: "shared:team.notes", key: "k/1", rev: 1, by: "a" } },
      {
        type: "state.shared.team_notes.k_1",
        data: { scope: "shared:team.notes", key: "k/1", rev: 0, deleted: true, by: "a" },
      },
    ]);
  });

  it("cuts a long key to a topic, also where the cut falls behind a dot", () => {
    assert.equal(stateTopic("plugin", "k".repeat(512)).length, 256);
    assert.equal(stateTopic("plugin", `${"k".repeat(242)}.more`), `state.plugin.${"k".repeat(242)}`);
  });

  it("makes a topic of every key and scope", () => {
    const scope = fc.oneof(
      fc.constantFrom("plugin", "workspace", "conversation"),
      fc.stringMatching(/^shared:[a-z0-9][a-z0-9.-]{0,63}$/),
    );
    const unit = fc.oneof(
      fc.constantFrom(".", "/", "a", " ", "é", "*", ">"),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(scope, fc.string({ unit, minLength: 1, maxLength: 512 }), (one, key) => {
        assert.ok(stateScope.safeParse(one).success);
        const made = stateTopic(one, key);
        assert.ok(topic.safeParse(made).success, made);
        assert.equal(made.split(".")[1], one.split(":")[0]);
        if (one.startsWith("shared:")) assert.equal(made.split(".")[2]?.replaceAll("_", "."), one.slice(7));
      }),
      { numRuns: 1_000 },
    );
  });
});
