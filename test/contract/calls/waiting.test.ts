import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import type { InstalledPlugin } from "../../../src/core/plugins/installed.ts";
import type { Puppet } from "../../support/puppet.ts";
import { unanswered } from "../../support/puppet.ts";
import { offered, startPuppets } from "../../support/puppets.ts";
import { metaOf, type RawMessage } from "../../support/rawEnd.ts";
import { until } from "../../support/until.ts";

const go = { to: { plugin: "target" }, name: "go" };

/** Leaves the calls of a puppet to the test, which gets them in order. */
function held(puppet: Puppet): RawMessage[] {
  const calls: RawMessage[] = [];
  puppet.answers.call = (_params, message) => {
    calls.push(message);
    return unanswered;
  };
  return calls;
}

/** Two calls of an offer that takes one at a time: the second waits. */
async function oneWaits(offer: Record<string, unknown>) {
  const started = await startPuppets({ caller: {}, target: {} });
  const { caller, target } = started.puppets;
  const calls = held(target);
  const { result } = await target.request("register", { offer: offered("go", { concurrency: 1, ...offer }) });
  const first = caller.request("call", { ...go, args: { n: 1 } });
  await until("the first is in progress", () => calls.length === 1);
  const second = caller.request("call", { ...go, args: { n: 2 } });
  await until("the second is there", () => started.real.host.calls.active().length === 2);
  return {
    ...started,
    calls,
    second,
    handle: (result as { handle: string }).handle,
    async freePlace() {
      target.answerTo(calls[0] as RawMessage, 1);
      await first;
    },
  };
}

describe("a call that waits for its turn", function () {
  this.timeout(60_000);

  it("is not sent where a rule has come meanwhile that denies it", async () => {
    const { real, second, calls, freePlace, stop } = await oneWaits({ action: "write" });
    const { id } = await real.host.rules.addPersonRule({
      ...{ who: "plugin:caller", verb: "call", target: "target/*", effect: "deny" },
    });
    await freePlace();
    const { error } = await second;
    assert.deepEqual([error?.data?.reason, error?.data?.rule, calls.length], ["refusedByRule", id, 1]);
    await stop();
  });

  it("is asked about where a rule has come meanwhile that asks, and names the person's word", async () => {
    const { real, second, calls, freePlace, puppets, stop } = await oneWaits({ action: "write" });
    await real.host.rules.addPersonRule({ who: "plugin:caller", verb: "call", target: "target/*", effect: "ask" });
    const asked: string[] = [];
    real.host.bus.on("permission.request", ({ data }) => {
      const { requestId } = data as { requestId: string };
      asked.push(requestId);
      setImmediate(() => void real.host.approvals.answer(requestId, "once"));
    });
    await freePlace();
    await until("it is sent", () => calls.length === 2);
    puppets.target.answerTo(calls[1] as RawMessage, 2);
    assert.equal((await second).result, 2);
    assert.equal(asked.length, 1);
    const { callId } = metaOf(calls[1] as RawMessage);
    assert.equal((await real.host.calls.get(String(callId)))?.rule, "person:once");
    await stop();
  });

  it("is not sent where its offer was taken back, nor where another has its name now", async () => {
    const gone = await oneWaits({});
    await gone.puppets.target.request("unregister", { handle: gone.handle });
    await gone.freePlace();
    assert.deepEqual([(await gone.second).error?.data?.reason, gone.calls.length], ["noSuchOffer", 1]);
    await gone.stop();
    const other = await oneWaits({});
    await other.puppets.target.request("unregister", { handle: other.handle });
    await other.puppets.target.request("register", { offer: offered("go", { action: "delete" }) });
    await other.freePlace();
    assert.deepEqual([(await other.second).error?.data?.reason, other.calls.length], ["noSuchOffer", 1]);
    await other.stop();
  });

  it("is not sent to another plugin that has the name by then, whatever that offers", async () => {
    const { real, puppets, stop } = await startPuppets({ caller: {}, target: { offers: [offered("go")] } });
    const { caller, target } = puppets;
    await real.host.rules.addPersonRule({ who: "plugin:caller", verb: "call", target: "target/*", effect: "ask" });
    let card = "";
    real.host.bus.on("permission.request", ({ data }) => {
      card = (data as { requestId: string }).requestId;
    });
    const waiting = caller.request("call", { ...go, args: {} });
    await until("the person is asked", () => card);
    const twin = (plugin: InstalledPlugin): InstalledPlugin => ({
      ...plugin,
      source: "user",
      root: `${plugin.root}/.`,
      dataDir: `${plugin.dataDir}@other`,
    });
    await real.host.setInstalled(real.found.map((plugin) => (plugin.name === "target" ? twin(plugin) : plugin)));
    await real.host.letIn("target");
    await real.host.approvals.answer(card, "once");
    const { error } = await waiting;
    assert.deepEqual([error?.data?.reason, target.came("call").length], ["noSuchOffer", 0]);
    await stop();
  });

  it("by capability goes to the next provider where the one that it waits for takes its offer back", async () => {
    const provided = offered("go", { concurrency: 1, facets: { provides: "x.go" }, priority: 5 });
    const { real, puppets, stop } = await startPuppets({
      caller: {},
      target: {},
      second: { offers: [offered("go", { facets: { provides: "x.go" } })] },
    });
    const calls = held(puppets.target);
    const { result } = await puppets.target.request("register", { offer: provided });
    const by = { to: { provides: "x.go" }, name: "" };
    const first = puppets.caller.request("call", { ...by, args: { n: 1 } });
    await until("the first is in progress", () => calls.length === 1);
    const waiting = puppets.caller.request("call", { ...by, args: { n: 2 } });
    await until("the second is there", () => real.host.calls.active().length === 2);
    await puppets.target.request("unregister", result);
    puppets.target.answerTo(calls[0] as RawMessage, 1);
    assert.equal((await first).result, 1);
    assert.deepEqual((await waiting).result, { n: 2 });
    assert.equal(calls.length, 1);
    await stop();
  });
});

describe("plugins that call each other while each has all the calls that it may", function () {
  this.timeout(60_000);

  /** Of `busy` calls of each of two plugins, each of which calls the other once all are there: what came of those. */
  async function inner(busy: number, more: Record<string, unknown> = {}) {
    const offers = [offered("go"), offered("leaf", more)];
    const { puppets, stop } = await startPuppets(
      { caller: {}, one: { offers }, other: { offers } },
      // Of eight requests of a channel four are for calls.
      { settings: { limits: () => ({ outstandingRequests: 8 }) } },
    );
    const waiting: (() => void)[] = [];
    for (const [plugin, next] of [
      [puppets.one, "other"],
      [puppets.other, "one"],
    ] as const)
      plugin.answers.call = ({ name }, message) => {
        if (name === "leaf") return "done";
        const { callId } = metaOf(message);
        const call = { to: { plugin: next }, name: "leaf", args: {}, _meta: { callId } };
        waiting.push(() => {
          void plugin
            .request("call", call)
            .then(({ result, error }) => plugin.answerTo(message, result ?? error?.data?.reason));
        });
        return unanswered;
      };
    const calls = Array.from({ length: busy }, () =>
      ["one", "other"].map((plugin) => puppets.caller.request("call", { to: { plugin }, name: "go", args: {} })),
    ).flat();
    await until("all are there", () => waiting.length === 2 * busy);
    for (const go of waiting) go();
    const results = (await Promise.all(calls)).map(({ result }) => result);
    await stop();
    return results.filter((result) => result !== "done");
  }

  it("do not wait for each other until their time is over: one is refused, the others are answered", async () => {
    assert.deepEqual(await inner(4), ["standstill"]);
  });

  it("all are answered where there is room for one more", async () => {
    assert.deepEqual(await inner(3), []);
  });

  it("nor where some of them wait for an offer that takes one at a time", async () => {
    assert.deepEqual(await inner(4, { concurrency: 1 }), ["standstill"]);
  });
});

describe("a caller's deadline", function () {
  this.timeout(60_000);

  it("runs while intercepts are asked, and nothing is sent when it is over", async () => {
    const { puppets, stop } = await startPuppets(
      { caller: {}, target: { offers: [offered("go")] }, gate: {} },
      {
        prepare({ gate }) {
          gate.declares = { intercepts: [{ handle: "before", point: "call", phase: "before" }] };
          gate.answers.intercept = () => unanswered;
        },
      },
    );
    const { error } = await puppets.caller.request("call", { ...go, args: {}, _meta: { deadlineMs: 300 } });
    assert.deepEqual([error?.data?.kind, error?.data?.reason, error?.data?.limitMs], ["timeout", "timedOut", 300]);
    assert.equal(puppets.target.came("call").length, 0);
    await stop();
  });

  it("is the caller's: what one provider allowed itself is no limit of the next", async () => {
    const provides = { provides: "x.go" };
    const { puppets, stop } = await startPuppets({
      caller: {},
      hasty: { offers: [offered("go", { timeout: 400, priority: 5, facets: provides })] },
      patient: { offers: [offered("go", { facets: provides })] },
    });
    const [first, second] = [held(puppets.hasty), held(puppets.patient)];
    const answer = puppets.caller.request("call", { to: provides, name: "", args: {}, _meta: { deadlineMs: 9_000 } });
    await until("the first was asked", () => first.length === 1);
    puppets.hasty.close();
    await until("the second was asked", () => second.length === 1);
    const { deadlineMs } = metaOf(second[0] as RawMessage) as { deadlineMs: number };
    assert.ok(deadlineMs > 5_000 && deadlineMs < 9_000, `${deadlineMs}`);
    puppets.patient.answerTo(second[0] as RawMessage, "done");
    assert.equal((await answer).result, "done");
    await stop();
  });

  it("alone runs while intercepts are asked about the answer, which came within what the offer allows", async () => {
    const clock = new FakeClock(Date.now());
    const { puppets, stop } = await startPuppets(
      { caller: {}, target: { offers: [offered("go", { timeout: 300 })] }, gate: {} },
      {
        clock,
        prepare({ gate }) {
          gate.declares = { intercepts: [{ handle: "after", point: "call", phase: "after" }] };
          gate.answers.intercept = (_params, message) => {
            clock.advance(600);
            gate.answerTo(message, { decision: "allow" });
            return unanswered;
          };
        },
      },
    );
    const late = { ...go, args: { n: 1 } };
    assert.deepEqual((await puppets.caller.request("call", late)).result, { n: 1 });
    const { error } = await puppets.caller.request("call", { ...late, _meta: { deadlineMs: 450 } });
    assert.deepEqual([error?.data?.reason, error?.data?.limitMs], ["timedOut", 450]);
    await stop();
  });

  it("alone runs while intercepts are told of a failure, which stays the failure, or the next provider's turn", async () => {
    const provides = { provides: "x.go" };
    const clock = new FakeClock(Date.now());
    const { puppets, stop } = await startPuppets(
      {
        caller: {},
        target: { offers: [offered("go", { timeout: 400, priority: 5, facets: provides })] },
        second: { offers: [offered("go", { facets: provides })] },
        gate: {},
      },
      {
        clock,
        prepare({ gate, target }) {
          gate.declares = { intercepts: [{ handle: "after", point: "call", phase: "after" }] };
          gate.answers.intercept = (_params, message) => {
            clock.advance(600);
            gate.answerTo(message, { decision: "allow" });
            return unanswered;
          };
          target.answers.call = (_params, { id }) => {
            target.send({ jsonrpc: "2.0", id, error: { code: -33005, message: "Away." } });
            return unanswered;
          };
        },
      },
    );
    const { error } = await puppets.caller.request("call", { ...go, args: {} });
    assert.deepEqual([error?.data?.kind, error?.message], ["unavailable", "Away."]);
    const { result } = await puppets.caller.request("call", { to: provides, name: "", args: { n: 1 } });
    assert.deepEqual(result, { n: 1 });
    await stop();
  });
});

describe("a provider that takes over", function () {
  this.timeout(60_000);

  it("is asked what the caller asked, not what intercepts made of it for the one before", async () => {
    const provides = { provides: "x.go" };
    const { puppets, stop } = await startPuppets(
      {
        caller: {},
        first: { offers: [offered("go", { priority: 5, facets: provides })] },
        second: { offers: [offered("go", { facets: provides })] },
        gate: {},
      },
      {
        prepare({ gate, first }) {
          gate.declares = { intercepts: [{ handle: "before", point: "call", phase: "before" }] };
          gate.answers.intercept = ({ subject }) => {
            const { n } = (subject as { args: { n: number } }).args;
            return { decision: "allow", updated: { args: { n: n + 1 } } };
          };
          first.answers.call = (_params, { id }) => {
            first.send({ jsonrpc: "2.0", id, error: { code: -33005, message: "Away." } });
            return unanswered;
          };
        },
      },
    );
    const { result } = await puppets.caller.request("call", { to: provides, name: "", args: { n: 1 } });
    assert.deepEqual(result, { n: 2 });
    assert.deepEqual(puppets.first.came("call")[0]?.params?.args, { n: 2 });
    await stop();
  });

  for (const [what, other] of [
    ["nothing", undefined],
    ["another action", { action: "delete", facets: { provides: "x.go" } }],
    ["no capability", {}],
  ] as const)
    it(`is not asked where it took its offer back while the one before was tried, and ${what} has the name`, async () => {
      const provides = { provides: "x.go" };
      const { puppets, stop } = await startPuppets({
        caller: {},
        first: { offers: [offered("go", { priority: 5, facets: provides })] },
        second: { offers: [offered("stays")] },
      });
      const { caller, first, second } = puppets;
      const calls = held(first);
      const { result } = await second.request("register", { offer: offered("go", { facets: provides }) });
      const answer = caller.request("call", { to: provides, name: "", args: {} });
      await until("the first is asked", () => calls.length === 1);
      await second.request("unregister", result);
      if (other) await second.request("register", { offer: offered("go", other) });
      first.close();
      const { error } = await answer;
      const { reason, tried } = (error?.data ?? {}) as { reason: string; tried: { reason: string }[] };
      assert.deepEqual([reason, ...tried.map((one) => one.reason)], ["noProviderLeft", "exited", "noSuchOffer"]);
      assert.equal(second.came("call").length, 0);
      await stop();
    });
});
