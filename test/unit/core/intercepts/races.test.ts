import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { deferred } from "../../../../src/base/deferred.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { countingIds } from "../../../../src/base/ids.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { CallGate } from "../../../../src/core/calls/gate.ts";
import { passAround } from "../../../../src/core/intercepts/around.ts";
import { Intercepts } from "../../../../src/core/intercepts/chain.ts";
import type { Told } from "../../../../src/core/intercepts/types.ts";
import type { CallRecord } from "../../../../src/core/journal/records.ts";
import type { KnownOffer } from "../../../../src/core/offers/registry.ts";
import { limits } from "../../../../src/protocol/limits.ts";
import { type InterceptResult, type InterceptSpec, interceptSpec } from "../../../../src/protocol/plugin/intercepts.ts";

const subject = { plugin: "notes", name: "add", action: "write", args: { text: "a" } };
const fine = { revalidate: () => undefined };
const isKind = (kind: string, text: RegExp) => (error: unknown) =>
  error instanceof Failure && error.kind === kind && text.test(error.message);

function setUp() {
  const told: Told[] = [];
  const intercepts = new Intercepts({
    ...{ clock: new FakeClock(), ids: countingIds(), logger: silentLogger },
    told: (what) => void told.push(what),
  });
  const add = (
    plugin: string,
    answer: () => Partial<InterceptResult> | Promise<Partial<InterceptResult>> = () => ({}),
    spec: Partial<InterceptSpec> = {},
  ) =>
    intercepts.register({
      plugin,
      spec: interceptSpec.parse({ point: "call", ...spec }),
      handle: `${plugin} ${JSON.stringify(spec)}`,
      ask: async () => ({ decision: "allow", ...(await answer()) }),
    });
  return { intercepts, told, add };
}

describe("who is at a point while it is passed", () => {
  it("does not ask who has left, and asks who has come the next time", async () => {
    const { intercepts, add } = setUp();
    const asked: string[] = [];
    const note = (name: string) => () => {
      asked.push(name);
      return {};
    };
    add("first", async () => {
      asked.push("first");
      leaver.dispose();
      if (asked.length === 1) add("newcomer", note("newcomer"));
      return {};
    });
    const leaver = add("leaver", note("leaver"));
    await intercepts.before("call", subject, fine);
    assert.deepEqual(asked, ["first"]);
    await intercepts.before("call", subject, fine);
    assert.deepEqual(asked, ["first", "first", "newcomer"]);
  });

  it("knows at once who comes, goes, or is declared", () => {
    const { intercepts, add } = setUp();
    assert.equal(intercepts.watches("offer:notes/add"), false);
    const one = add("one", () => ({}), { point: "offer:*" });
    assert.equal(intercepts.watches("offer:notes/add"), true);
    one.dispose();
    assert.equal(intercepts.watches("offer:notes/add"), false);
    const declared = intercepts.declare("two", [interceptSpec.parse({ point: "offer:notes/*" })]);
    assert.equal(intercepts.watches("offer:notes/add"), true);
    declared.dispose();
    assert.equal(intercepts.watches("offer:notes/add"), false);
  });

  it("asks nobody about what it does itself, declared or not", async () => {
    const { intercepts, add } = setUp();
    add("notes", () => ({ decision: "deny" }));
    intercepts.declare("notes", [interceptSpec.parse({ point: "call", match: "*" })]);
    assert.equal((await intercepts.before("call", subject, { ...fine, by: "notes" })).decision, "allow");
    assert.equal((await intercepts.before("call", subject, { ...fine, by: "other" })).decision, "deny");
    const asleep = setUp().intercepts;
    asleep.declare("asleep", [interceptSpec.parse({ point: "call" })]);
    assert.equal((await asleep.before("call", subject, { ...fine, by: "asleep" })).decision, "allow");
    assert.equal((await asleep.before("call", subject, { ...fine, by: "other" })).decision, "deny");
  });

  it("guards a call from the moment that somebody comes to one of its points until they are gone", () => {
    const { intercepts, add } = setUp();
    const gate = new CallGate(intercepts);
    const none = () => undefined;
    const known = (facets: object): KnownOffer => ({
      plugin: "notes",
      offer: { name: "add", description: "Adds.", action: "write", facets },
      ...{ validateInput: none, validateOutput: none, accepts: undefined },
    });
    const record = (caller: string): CallRecord => ({
      ...{ id: "call-1", caller, plugin: "notes", name: "add", title: "Add", action: "write", args: {} },
      ...{ conversation: "c1", detached: false, status: "queued", startedAt: 0 },
    });
    const [plain, edits, point] = [known({}), known({ provides: "repo.patch" }), known({ point: true })];
    const guarded = () =>
      [
        gate.guards(record("agent"), plain) && "agent",
        gate.guards(record("plugin:a"), plain) && "plugin",
        gate.guards(record("person"), plain) && "person",
        gate.guards(record("person"), edits) && "edits",
        gate.guards(record("person"), point) && "point",
      ].filter(Boolean);
    assert.deepEqual(guarded(), []);
    for (const [at, whom] of [
      ["tool", ["agent"]],
      ["call", ["plugin"]],
      ["offer:notes/*", ["agent", "plugin", "person", "edits"]],
      ["edit", ["edits"]],
      ["*:add", ["point"]],
      ["message", []],
    ] as const) {
      const one = add("one", () => ({}), { point: at });
      assert.deepEqual(guarded(), whom, at);
      one.dispose();
      assert.deepEqual(guarded(), []);
    }
  });

  it("ends a circle of plugins that do what they are asked about", async () => {
    const { intercepts, add } = setUp();
    let asked = 0;
    for (const [plugin, other] of [
      ["ping", "pong"],
      ["pong", "ping"],
    ] as const) {
      add(plugin, async () => {
        asked += 1;
        const inner = await intercepts.before("call", subject, { ...fine, by: plugin, chain: [plugin, other] });
        if (inner.decision === "deny") throw new Failure("blocked", inner.reason ?? "");
        return {};
      });
    }
    const outcome = await intercepts.before("call", subject, fine);
    assert.equal(outcome.decision, "deny");
    assert.match(outcome.reason ?? "", new RegExp(`${limits.callDepth + 1} deep`));
    assert.equal(asked, limits.callDepth);
  });
});

describe("what is told of a pass", () => {
  it("names who changed what, in order, who denied, and who failed, and nobody who only looked on", async () => {
    const { intercepts, told, add } = setUp();
    add("looks");
    add("one", () => ({ updated: { args: { text: "b" } } }));
    add("two", () => ({ updated: { args: { text: "c" } } }));
    add("breaks", () => Promise.reject(new Failure("internal", "It broke.")), { onFailure: "allow" });
    add("denies", () => ({ decision: "deny", reason: "no" }));
    await intercepts.before("call", subject, { ...fine, conversation: "c1" });
    const at = { point: "call", phase: "before", invocation: "invocation-1", conversation: "c1" };
    assert.deepEqual(told, [
      { ...at, plugin: "one", decision: "allow", changed: ["args"] },
      { ...at, plugin: "two", decision: "allow", changed: ["args"] },
      { ...at, plugin: "breaks", decision: "failed", changed: [], reason: "It broke." },
      { ...at, plugin: "denies", decision: "deny", changed: [], reason: "no" },
    ]);
  });

  it("is not changed behind the back of what was checked", async () => {
    const { intercepts, add } = setUp();
    const handed = { text: "checked" };
    add("sly", () => ({ updated: { args: handed } }));
    add("later", () => {
      handed.text = "unchecked";
      return {};
    });
    assert.deepEqual((await intercepts.before("call", subject, fine)).subject.args, { text: "checked" });
  });
});

describe("passing around something", () => {
  const around = (more: object = {}) => ({
    ...{ point: "gateway", what: "The request", subject: { method: "GET", path: "/" }, pass: fine },
    run: async () => "done",
    told: (result: unknown) => ({ result }),
    ...more,
  });

  it("does the thing alone where nobody is there", async () => {
    const { intercepts } = setUp();
    const passed = await passAround(intercepts, around());
    assert.deepEqual(passed, { result: "done", subject: { method: "GET", path: "/", result: "done" }, contexts: [] });
  });

  it("blocks what should be asked about or answered where nobody can be asked and nothing can stand in its place", async () => {
    for (const decision of ["ask", "answer", "deny"] as const) {
      const { intercepts, add } = setUp();
      add("gate", () => ({ decision }), { point: "gateway" });
      await assert.rejects(passAround(intercepts, around()), isKind("blocked", /The request was blocked by gate/));
    }
  });

  it("withholds what an intercept denies after, and tells of a failure", async () => {
    const { intercepts, add } = setUp();
    const after = add("gate", () => ({ decision: "deny", reason: "secret" }), { point: "gateway", phase: "after" });
    await assert.rejects(
      passAround(intercepts, around()),
      isKind("blocked", /result of The request was withheld by gate: secret/),
    );
    const fails = around({ run: () => Promise.reject(new Failure("conflict", "Taken.")) });
    await assert.rejects(passAround(intercepts, fails), isKind("conflict", /Taken/));
    after.dispose();
  });

  it("does not wait for who is told of what was cancelled", async () => {
    const { intercepts, add } = setUp();
    const told = deferred<void>();
    add("gate", () => told.promise.then(() => ({})), { point: "gateway", phase: "after" });
    const controller = new AbortController();
    const run = async () => {
      controller.abort(new Failure("cancelled", "Stop."));
      throw new Failure("cancelled", "Stop.");
    };
    const pass = { ...fine, signal: controller.signal };
    await assert.rejects(passAround(intercepts, around({ run, pass })), isKind("cancelled", /Stop/));
    told.resolve();
  });
});
