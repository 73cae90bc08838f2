import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { deferred } from "../../../../src/base/deferred.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { countingIds } from "../../../../src/base/ids.ts";
import { Intercepts, type InterceptsOptions } from "../../../../src/core/intercepts/chain.ts";
import {
  type InterceptResult,
  type InterceptSpec,
  interceptParams,
  interceptSpec,
} from "../../../../src/protocol/plugin/intercepts.ts";

const subject = { plugin: "repoagent", name: "file.write", action: "write", args: { path: "a.ts" } };
const fine = { revalidate: () => undefined };

function setUp(options: Partial<InterceptsOptions> = {}) {
  const clock = new FakeClock();
  const logs: Record<string, unknown>[] = [];
  const asked: string[] = [];
  const logger = {
    log: (_level: string, _message: string, fields: Record<string, unknown> = {}) => void logs.push(fields),
  };
  const intercepts = new Intercepts({ clock, ids: countingIds(), logger, ...options });
  const add = (
    plugin: string,
    spec: Partial<InterceptSpec>,
    answer: Partial<InterceptResult> | Failure | "silent" = {},
    handle?: string,
  ) =>
    intercepts.register({
      plugin,
      spec: interceptSpec.parse({ point: "tool", ...spec }),
      handle,
      ask: async (params) => {
        interceptParams.parse(params);
        asked.push(
          `${plugin}${handle ? `#${handle}` : ""} ${JSON.stringify(params.subject.result ?? params.subject.args ?? {})}`,
        );
        if (answer === "silent") return new Promise(() => {});
        if (answer instanceof Failure) throw answer;
        return { decision: "allow", ...answer };
      },
    });
  return { intercepts, clock, logs, asked, add };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("passing a point before", () => {
  it("allows where nobody is there, with an invocation of its own", async () => {
    const { intercepts } = setUp();
    const first = await intercepts.before("tool", subject, fine);
    assert.deepEqual(first, { decision: "allow", subject, contexts: [], changedBy: [], invocation: "invocation-1" });
    assert.equal((await intercepts.before("tool", subject, fine)).invocation, "invocation-2");
  });

  it("asks in the order of `order`, then of registration, and only at its point and phase", async () => {
    const { intercepts, asked, add } = setUp();
    add("late", { order: 5 });
    add("first", {});
    add("second", {});
    add("early", { order: -1 });
    add("elsewhere", { point: "message" });
    add("afterwards", { phase: "after" });
    const gone = add("gone", {});
    gone.dispose();
    await intercepts.before("tool", subject, fine);
    assert.deepEqual(
      asked.map((one) => one.split(" ")[0]),
      ["early", "first", "second", "late"],
    );
  });

  it("asks only about what `match` names", async () => {
    const { intercepts, asked, add } = setUp();
    add("writes", { match: "repoagent/file.*" });
    add("others", { match: "goose/*" });
    add("all", { match: "*" });
    await intercepts.before("tool", subject, fine);
    assert.deepEqual(
      asked.map((one) => one.split(" ")[0]),
      ["writes", "all"],
    );
    add("talk", { point: "message", match: "repoagent/*" });
    assert.equal((await intercepts.before("message", { role: "user", content: "x" }, fine)).decision, "allow");
    assert.equal(asked.length, 2, "a subject without an offer fits no `match`");
  });

  it("hands each what those before it changed, and gives the host the whole", async () => {
    const { intercepts, asked, add } = setUp();
    add("a", {}, { updated: { args: { path: "b.ts" } }, context: "moved" });
    add("b", {}, { context: "seen" });
    const checked: unknown[] = [];
    const outcome = await intercepts.before("tool", subject, {
      revalidate: (changed) => {
        checked.push(changed.args);
        return undefined;
      },
    });
    assert.deepEqual(asked, ['a {"path":"a.ts"}', 'b {"path":"b.ts"}']);
    assert.deepEqual(checked, [{ path: "b.ts" }]);
    assert.deepEqual(outcome.subject, { ...subject, args: { path: "b.ts" } });
    assert.deepEqual(outcome.contexts, [
      { plugin: "a", text: "moved" },
      { plugin: "b", text: "seen" },
    ]);
    assert.deepEqual(subject.args, { path: "a.ts" });
  });

  it("ends at the first denial, and names who and why", async () => {
    const { intercepts, asked, add } = setUp();
    add("a", {}, { decision: "ask", reason: "hm" });
    add("b", {}, { decision: "deny", reason: "not that file", updated: { args: {} } });
    add("c", {});
    const outcome = await intercepts.before("tool", subject, fine);
    assert.deepEqual([outcome.decision, outcome.by, outcome.reason], ["deny", "b", "not that file"]);
    assert.equal(outcome.subject, subject);
    assert.equal(asked.length, 2);
  });

  it("ends at the first answer", async () => {
    const { intercepts, asked, add } = setUp();
    add("cache", {}, { decision: "answer", answer: { cached: true } });
    add("never", {});
    const outcome = await intercepts.before("tool", subject, fine);
    assert.deepEqual([outcome.decision, outcome.by, outcome.answer], ["answer", "cache", { cached: true }]);
    assert.equal(asked.length, 1);
  });

  it("keeps an ask although later ones allow", async () => {
    const { intercepts, add } = setUp();
    add("a", {}, { decision: "ask", reason: "look at it" });
    add("b", {}, { decision: "ask", reason: "me too" });
    add("c", {});
    const outcome = await intercepts.before("tool", subject, fine);
    assert.deepEqual([outcome.decision, outcome.by, outcome.reason], ["ask", "a", "look at it"]);
  });

  it("counts a change that does not hold as a failure, and changes nothing", async () => {
    const { intercepts, add, logs } = setUp();
    const broken = { revalidate: () => new Failure("invalidParams", "args.path is missing.") };
    add("observer", { onFailure: "allow" }, { updated: { args: {} }, context: "never seen" });
    const passed = await intercepts.before("tool", subject, broken);
    assert.deepEqual([passed.decision, passed.subject, passed.contexts], ["allow", subject, []]);
    assert.equal(logs[0]?.plugin, "observer");
    add("gate", {}, { updated: { args: {} } });
    const blocked = await intercepts.before("tool", subject, broken);
    assert.deepEqual([blocked.decision, blocked.by], ["deny", "gate"]);
    assert.match(blocked.reason ?? "", /What gate changed was refused: args\.path is missing/);
  });

  it("blocks at tools by default when an intercept fails, and passes elsewhere", async () => {
    const { intercepts, add } = setUp();
    add("gate", {}, new Failure("unavailable", "It has exited."));
    const blocked = await intercepts.before("tool", subject, fine);
    assert.deepEqual([blocked.decision, blocked.by], ["deny", "gate"]);
    assert.match(blocked.reason ?? "", /^gate guards this and could not check it: It has exited\./);
    add("reader", { point: "message" }, new Failure("internal", "bug"));
    assert.equal((await intercepts.before("message", { content: "x" }, fine)).decision, "allow");
    add("strict", { point: "message", onFailure: "block" }, new Failure("internal", "bug"));
    assert.equal((await intercepts.before("message", { content: "x" }, fine)).by, "strict");
    add("one-offer", { point: "offer:hello/*" }, new Failure("internal", "bug"));
    assert.equal((await intercepts.before("offer:hello/hello", {}, fine)).by, "one-offer");
  });

  it("blocks by default at a tool, a call and an offer that a pattern stands for, and passes where it stands for more", async () => {
    const { intercepts, add } = setUp();
    add("all", { point: "*" }, new Failure("unavailable", "It has exited."));
    for (const point of ["tool", "call", "edit", "offer:hello/hello", "notes:save"])
      assert.equal((await intercepts.before(point, subject, fine)).by, "all", point);
    for (const point of ["message", "turn"])
      assert.equal((await intercepts.before(point, { content: "x" }, fine)).decision, "allow", point);
  });

  it("does not tell a fault of the host's as the plugin's words", async () => {
    const { intercepts } = setUp();
    intercepts.register({
      plugin: "p",
      spec: { point: "tool", phase: "before" },
      ask: () => Promise.reject(new TypeError("secret path /x")),
    });
    const outcome = await intercepts.before("tool", subject, fine);
    assert.equal(outcome.decision, "deny");
    assert.doesNotMatch(outcome.reason ?? "", /secret/);
  });

  it("waits 5 s and no longer, and tells the plugin that it is too late", async () => {
    const { intercepts, clock } = setUp();
    let signal: AbortSignal | undefined;
    intercepts.register({
      plugin: "slow",
      spec: { point: "tool", phase: "before" },
      ask: (_params, own) => {
        signal = own;
        return new Promise(() => {});
      },
    });
    const outcome = intercepts.before("tool", subject, fine);
    await settle();
    clock.advance(4_999);
    await settle();
    assert.equal(signal?.aborted, false);
    clock.advance(1);
    assert.match((await outcome).reason ?? "", /slow did not answer within 5 s/);
    assert.equal(signal?.aborted, true);
  });

  it("is cancelled at once, whoever is being asked", async () => {
    const { intercepts, add, asked } = setUp();
    add("silent", { onFailure: "allow" }, "silent");
    add("next", {});
    const controller = new AbortController();
    const outcome = intercepts.before("tool", subject, { ...fine, signal: controller.signal });
    await settle();
    controller.abort();
    await assert.rejects(outcome, { kind: "cancelled" });
    assert.equal(asked.length, 1);
    await assert.rejects(intercepts.before("tool", subject, { ...fine, signal: controller.signal }), {
      kind: "cancelled",
    });
    assert.equal(asked.length, 1);
  });

  it("tells two of one plugin apart by handle, and asks a plugin without handles once", async () => {
    const { intercepts, add, asked } = setUp();
    add("sdk", { order: 2 }, {}, "h2");
    add("sdk", { order: 1 }, {}, "h1");
    add("plain", {});
    add("plain", { match: "*" });
    await intercepts.before("tool", subject, fine);
    assert.deepEqual(
      asked.map((one) => one.split(" ")[0]),
      ["plain", "sdk#h1", "sdk#h2"],
    );
  });

  it("stamps where it happens", async () => {
    const { intercepts } = setUp();
    const seen: unknown[] = [];
    intercepts.register({
      plugin: "p",
      spec: { point: "tool", phase: "before" },
      ask: async (params) => {
        seen.push(params);
        return { decision: "allow" };
      },
    });
    await intercepts.before("tool", subject, { ...fine, conversation: "c1", turn: "t1" });
    const _meta = { conversation: "c1", turn: "t1" };
    assert.deepEqual(seen, [{ point: "tool", phase: "before", invocation: "invocation-1", subject, _meta }]);
  });
});

describe("passing a point after", () => {
  const after = { invocation: "invocation-7" };

  it("goes in reverse order, with the invocation of before, and may change the result alone", async () => {
    const { intercepts, asked, add } = setUp();
    add("inner", { phase: "after", order: 1 }, { updated: { result: { shortened: true } } });
    add("outer", { phase: "after", order: -1 });
    const outcome = await intercepts.after("tool", { ...subject, result: { long: true } }, after);
    assert.deepEqual(asked, ['inner {"long":true}', 'outer {"shortened":true}']);
    assert.deepEqual(
      [outcome.decision, outcome.invocation, outcome.subject.result],
      ["allow", "invocation-7", { shortened: true }],
    );
  });

  it("does not let an intercept rewrite what was called, nor ask or answer after the fact", async () => {
    const { intercepts, add, logs } = setUp();
    add("liar", { phase: "after" }, { updated: { name: "file.read", result: 1 } });
    add("asker", { phase: "after" }, { decision: "ask" });
    add("answerer", { phase: "after" }, { decision: "answer", answer: 1 });
    const outcome = await intercepts.after("tool", { ...subject, result: 0 }, after);
    assert.deepEqual([outcome.decision, outcome.subject], ["allow", { ...subject, result: 0 }]);
    assert.deepEqual(
      logs.map(({ plugin }) => plugin),
      ["answerer", "asker", "liar"],
    );
  });

  it("withholds the result where an intercept denies, and passes over one that fails", async () => {
    const { intercepts, add } = setUp();
    add("strict", { phase: "after" }, { decision: "deny" });
    add("broken", { phase: "after" }, new Failure("internal", "bug"));
    const outcome = await intercepts.after("tool", subject, after);
    assert.deepEqual([outcome.decision, outcome.by], ["deny", "strict"]);
    assert.match(outcome.reason ?? "", /strict refused it/);
  });

  it("of a turn that was stopped asks nobody and fails only where somebody was to be asked", async () => {
    const { intercepts, add, asked } = setUp();
    const signal = AbortSignal.abort();
    assert.equal((await intercepts.after("turn", {}, { ...after, signal })).decision, "allow");
    add("p", { point: "turn", phase: "after" });
    await assert.rejects(intercepts.after("turn", {}, { ...after, signal }), { kind: "cancelled" });
    assert.deepEqual(asked, []);
  });
});

describe("a gate that a manifest declares", () => {
  const gate = interceptSpec.parse({ point: "tool", match: "repoagent/*" });

  it("is started before the point is passed, once, and then asked", async () => {
    const started: string[] = [];
    const running = deferred<void>();
    const { intercepts, add, asked } = setUp({
      ensure: async (plugin) => {
        started.push(plugin);
        await running.promise;
        add(plugin, { match: "repoagent/*" }, { decision: "deny", reason: "no" });
      },
    });
    intercepts.declare("guard", [gate, interceptSpec.parse({ point: "tool" })]);
    intercepts.declare("elsewhere", [interceptSpec.parse({ point: "tool", match: "goose/*" })]);
    const outcome = intercepts.before("tool", subject, fine);
    await settle();
    assert.deepEqual([started, asked], [["guard"], []]);
    running.resolve();
    assert.equal((await outcome).by, "guard");
    assert.equal((await intercepts.before("tool", subject, fine)).by, "guard");
    assert.deepEqual(started, ["guard"], "it runs");
  });

  it("never fails open: not when it cannot start, nor when it runs without its intercept", async () => {
    const { intercepts } = setUp({ ensure: () => Promise.reject(new Failure("unavailable", "Python is missing.")) });
    const declared = intercepts.declare("guard", [gate]);
    const outcome = await intercepts.before("tool", subject, fine);
    assert.deepEqual([outcome.decision, outcome.by], ["deny", "guard"]);
    assert.match(outcome.reason ?? "", /Python is missing/);
    const silent = setUp({ ensure: async () => {} });
    silent.intercepts.declare("guard", [gate]);
    assert.match((await silent.intercepts.before("tool", subject, fine)).reason ?? "", /runs without the intercept/);
    declared.dispose();
    assert.equal((await intercepts.before("tool", subject, fine)).decision, "allow");
  });

  it("guards nothing when the person has disabled its plugin, and guards when they only stopped it", async () => {
    const gone = (reason: string) => new Failure("unavailable", "guard does not run.", { details: { reason } });
    const disabled = setUp({ ensure: () => Promise.reject(gone("disabled")) });
    disabled.intercepts.declare("guard", [gate]);
    assert.equal((await disabled.intercepts.before("tool", subject, fine)).decision, "allow");
    const stopped = setUp({ ensure: () => Promise.reject(gone("stopped")) });
    stopped.intercepts.declare("guard", [gate]);
    assert.equal((await stopped.intercepts.before("tool", subject, fine)).decision, "deny");
  });

  it("that only looks on does not block", async () => {
    const { intercepts } = setUp({ ensure: () => Promise.reject(new Failure("unavailable", "no")) });
    intercepts.declare("observer", [{ ...gate, onFailure: "allow" }]);
    assert.equal((await intercepts.before("tool", subject, fine)).decision, "allow");
  });
});
