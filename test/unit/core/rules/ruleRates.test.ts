import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import type { Failure } from "../../../../src/base/failure.ts";
import { RuleRates } from "../../../../src/core/rules/ruleRates.ts";
import { deeds } from "../../../../src/core/rules/targets.ts";
import type { Rule } from "../../../../src/protocol/rules.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";

const offer = { name: "go", description: "Goes.", action: "read" };

describe("the rate of a rule", () => {
  it("limits one pair of plugins, whatever else allows their calls, and nobody else", async () => {
    let now = 1_000_000;
    const sends = new Map<string, (method: string, params: Record<string, unknown>) => Promise<unknown>>();
    const caller = {
      manifest: { offers: [offer], wants: [{ verb: "call", target: "target/go", action: "read", why: "To go." }] },
    };
    const plugins = Object.fromEntries(
      ["one", "other"].map((name) => [
        name,
        {
          ...caller,
          onRequest(_method: string, _params: object, plugin: { send: never }) {
            sends.set(name, plugin.send);
            return null;
          },
        },
      ]),
    );
    const { host } = await scriptedHost({
      plugins: { ...plugins, target: { manifest: { offers: [offer] }, onRequest: () => "gone" } },
      clock: { now: () => now, after: () => ({ dispose() {} }) },
    });
    for (const name of ["one", "other"])
      await host.calls.call({ caller: "person", to: { plugin: name }, name: "go", args: {} });
    const go = async (name: string) =>
      await sends.get(name)?.("call", { to: { plugin: "target" }, name: "go", args: {} });
    const rule = await host.rules.addPersonRule({
      who: "plugin:one",
      verb: "call",
      target: "target/*",
      effect: "allow",
      rate: { perMinute: 6, burst: 2 },
    });
    assert.deepEqual([await go("one"), await go("one")], ["gone", "gone"]);
    await assert.rejects(go("one"), (error: Failure) => {
      assert.deepEqual(
        [error.kind, error.details],
        ["overloaded", { reason: "tooOften", retryAfterMs: 10_000, rule: rule.id, limit: 6 }],
      );
      assert.match(error.message, /plugin:one may call target\/go 6 times a minute/);
      return true;
    });
    for (let times = 0; times < 5; times++) assert.equal(await go("other"), "gone");
    now += 10_000;
    assert.equal(await go("one"), "gone");
    await host.rules.remove(rule.id);
    for (let times = 0; times < 5; times++) assert.equal(await go("one"), "gone");
    await host.stop();
  });

  it("limits messages too, and is kept with the rule", async () => {
    let send: ((method: string, params: Record<string, unknown>) => Promise<unknown>) | undefined;
    const { host, store } = await scriptedHost({
      plugins: {
        box: {
          manifest: { offers: [offer], wants: [{ verb: "publish", target: "news.>", why: "To tell." }] },
          onRequest(_method, _params, plugin) {
            send = plugin.send;
            return null;
          },
        },
      },
    });
    await host.calls.call({ caller: "person", to: { plugin: "box" }, name: "go", args: {} });
    const rate = { perMinute: 1, burst: 1 };
    await host.rules.addPersonRule({ who: "plugin:*", verb: "publish", target: "news.>", effect: "allow", rate });
    await send?.("publish", { topic: "news.one", data: 1 });
    await assert.rejects(async () => await send?.("publish", { topic: "news.two", data: 2 }), /1 times a minute/);
    assert.deepEqual((await store.loadRules()).find(({ target }) => target === "news.>")?.rate, rate);
    await host.stop();
  });

  it("counts nothing of what another rule's rate refuses", () => {
    const rule = (id: string, target: string, perMinute: number): Rule => ({
      ...{ id, target, who: "plugin:one", verb: "call", effect: "allow", source: "person" },
      rate: { perMinute, burst: perMinute },
    });
    const rules = [rule("all", "*", 4), rule("go", "target/go", 1)];
    const rates = new RuleRates(new FakeClock(), () => rules);
    const call = (name: string) => () =>
      rates.count({ principals: ["plugin:one"], ...deeds.call("target", name, "read") });
    call("go")();
    for (let times = 0; times < 5; times++) assert.throws(call("go"), /rule "go"/);
    for (let times = 0; times < 3; times++) call("other")();
    assert.throws(call("other"), /rule "all"/);
  });

  it("tells how long to wait for all of several, to the millisecond: then it goes, and not before", () => {
    const rule = (id: string, perMinute: number): Rule => ({
      ...{ id, target: "*", who: "plugin:*", verb: "call", effect: "allow", source: "person" },
      rate: { perMinute, burst: 1 },
    });
    const clock = new FakeClock();
    const rates = new RuleRates(clock, () => [rule("quick", 60), rule("slow", 7), rule("middle", 20)]);
    const call = () => rates.count({ principals: ["plugin:one", "plugin:two"], ...deeds.call("target", "go", "read") });
    call();
    assert.throws(call, (error: Failure) => {
      assert.deepEqual([error.details?.rule, error.details?.retryAfterMs], ["slow", 8_572]);
      return true;
    });
    clock.advance(8_571);
    assert.throws(call, /rule "slow"/);
    clock.advance(1);
    call();
  });
});
