import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { countingIds } from "../../../../src/base/ids.ts";
import type { RightsRequest } from "../../../../src/core/rules/decide.ts";
import { grantsFor, type RightsHolder } from "../../../../src/core/rules/grants.ts";
import { Rulebook } from "../../../../src/core/rules/rulebook.ts";
import { deeds } from "../../../../src/core/rules/targets.ts";
import { type Rule, rule as ruleSchema } from "../../../../src/protocol/rules.ts";

function memoryStore() {
  const rules = new Map<string, Rule>();
  return {
    rules,
    loadRules: async () => [...rules.values()],
    saveRule: async (rule: Rule) => void rules.set(rule.id, ruleSchema.parse(JSON.parse(JSON.stringify(rule)))),
    deleteRule: async (id: string) => void rules.delete(id),
  };
}

function book(store = memoryStore(), clock = new FakeClock(1_000)) {
  return { store, clock, rulebook: new Rulebook({ store, clock, ids: countingIds() }) };
}

const calculator: RightsHolder = {
  name: "calculator",
  key: "bundled/parley-dev/calculator",
  wants: [{ verb: "call", target: "hello/hello", action: "read", why: "to greet before it computes" }],
  grantedFromStart: true,
  readOffers: "all",
};

const greets: RightsRequest = { ...deeds.call("hello", "hello", "read"), principals: ["plugin:calculator"] };

describe("the rulebook", () => {
  it("lets every plugin say how it is, keep its own state, hear its inbox and see the offers, and nothing else", () => {
    const { rulebook } = book();
    const effect = (deed: Parameters<typeof decideFor>[1]) => decideFor(rulebook, deed);
    for (const deed of [
      deeds.publish("self.log"),
      deeds.publish("self.health"),
      deeds.state("plugin", "write"),
      deeds.state("workspace", "read"),
      deeds.state("conversation", "delete"),
      deeds.subscribe("inbox"),
      deeds.subscribe("state.plugin.>"),
      deeds.subscribe("state.workspace.config.*"),
      deeds.listOffers(),
    ]) {
      assert.equal(effect(deed), "allow", `${deed.verb} ${deed.target}`);
    }
    for (const deed of [
      deeds.publish("weather.rain"),
      deeds.publish("self.log.more"),
      deeds.state("shared:team", "read"),
      deeds.subscribe("state.>"),
      deeds.subscribe("state.shared.team.>"),
      deeds.subscribe("tool.callEnd"),
      deeds.subscribe(">"),
      deeds.intercept("tool"),
      deeds.read("messages"),
      deeds.act("editor/open"),
      deeds.spend(),
      ...deeds.message("wake", "system"),
    ]) {
      assert.equal(effect(deed), "deny", `${deed.verb} ${deed.target}`);
    }
  });

  it("lets a plugin offer under its own name only", () => {
    const { rulebook } = book();
    rulebook.addPlugin(calculator);
    const offer = (plugin: string) =>
      rulebook.decide({ ...deeds.offer(plugin, "add"), principals: ["plugin:calculator"] });
    assert.equal(offer("calculator").effect, "allow");
    assert.equal(offer("hello").effect, "deny");
  });

  it("lets the agent read through plugins whose word was accepted, and asks about everything else", () => {
    const { rulebook } = book();
    rulebook.addPlugin(calculator);
    rulebook.addPlugin({ ...calculator, name: "stranger", key: "workspace//stranger", readOffers: ["known"] });
    const effect = (plugin: string, action: "read" | "write", name = "x") =>
      rulebook.decide({ ...deeds.call(plugin, name, action), principals: ["agent"] }).effect;
    assert.equal(effect("calculator", "read"), "allow");
    assert.equal(effect("calculator", "write"), "ask");
    assert.equal(effect("stranger", "read"), "ask");
    assert.equal(effect("stranger", "read", "known"), "allow");
    assert.equal(effect("stranger", "write", "known"), "ask");
  });

  it("grants a bundled plugin's wants, revokes them at once and remembers that", async () => {
    const { rulebook, store } = book();
    await rulebook.load();
    rulebook.addPlugin(calculator);
    assert.equal(rulebook.decide(greets).effect, "allow");
    const [grant] = rulebook.grantsOf("calculator");
    assert.ok(grant);
    assert.equal(rulebook.decide(greets).rule, grant.id);
    let changes = 0;
    rulebook.onDidChange(() => changes++);
    const saved = rulebook.setGranted(grant.id, false);
    assert.equal(rulebook.decide(greets).effect, "deny", "before the store has answered");
    await saved;
    assert.equal(changes, 1);
    const next = book(store).rulebook;
    next.addPlugin(calculator);
    assert.equal(next.decide(greets).effect, "allow", "nothing is known before load");
    await next.load();
    assert.equal(next.decide(greets).effect, "deny");
    assert.equal(next.grantsOf("calculator")[0]?.revoked, true, "and stays visible");
    await next.setGranted(grant.id, true);
    assert.equal(next.decide(greets).effect, "allow");
  });

  it("makes a plugin that is not bundled wait, and ask again for a wider want or under another key", async () => {
    const { rulebook } = book();
    const plugin: RightsHolder = { ...calculator, key: "user/someone/calculator", grantedFromStart: false };
    const first = rulebook.addPlugin(plugin);
    assert.equal(rulebook.decide(greets).effect, "deny");
    await rulebook.setGranted(rulebook.grantsOf("calculator")[0]?.id ?? "", true);
    assert.equal(rulebook.decide(greets).effect, "allow");
    first.dispose();
    assert.equal(rulebook.decide(greets).effect, "deny", "gone with the plugin");
    const wider = rulebook.addPlugin({ ...plugin, wants: [{ verb: "call", target: "hello/*", why: "all of it" }] });
    assert.equal(rulebook.decide(greets).effect, "deny");
    wider.dispose();
    const impostor = rulebook.addPlugin({ ...plugin, key: "workspace/someone/calculator" });
    assert.equal(rulebook.decide(greets).effect, "deny");
    impostor.dispose();
    rulebook.addPlugin(plugin);
    assert.equal(rulebook.decide(greets).effect, "allow");
  });

  it("keeps the plugin that replaced another of its name when the other goes", () => {
    const { rulebook } = book();
    const old = rulebook.addPlugin({ ...calculator, wants: [] });
    rulebook.addPlugin(calculator);
    old.dispose();
    assert.equal(rulebook.decide(greets).effect, "allow");
  });

  it("takes nothing over from a kept grant that differs in anything but its id", () => {
    const plugin = { ...calculator, grantedFromStart: false };
    const [fresh] = grantsFor(plugin, []);
    assert.ok(fresh?.revoked);
    const given = { ...fresh, revoked: false };
    assert.equal(grantsFor(plugin, [given])[0]?.revoked, false);
    for (const other of [
      { grant: "x" },
      { who: "*" },
      { verb: "act" },
      { target: "*" },
      { action: undefined },
      { source: "person" },
    ]) {
      assert.equal(grantsFor(plugin, [{ ...given, ...other } as Rule])[0]?.revoked, true);
    }
  });

  it("gives grants ids that fit the schema, however long the target", () => {
    const { rulebook } = book();
    const wants = ["x", "y"].map((end) => ({
      verb: "subscribe" as const,
      target: `${"t.".repeat(127)}${end}`,
      why: "long",
    }));
    rulebook.addPlugin({ ...calculator, wants });
    const grants = rulebook.grantsOf("calculator");
    assert.equal(new Set(grants.map(({ id }) => id)).size, 2);
    for (const one of rulebook.list()) ruleSchema.parse(one);
  });

  it("turns an answer into a rule for exactly that request and place", async () => {
    const { rulebook, store } = book();
    const scope = { conversation: "c1", workspace: "w1" };
    const write: RightsRequest = { ...deeds.call("repoagent", "file.write", "write"), principals: ["agent"], scope };
    assert.deepEqual(await rulebook.remember("once", write), []);
    assert.deepEqual(await rulebook.remember("deny", write), []);
    assert.deepEqual(await rulebook.remember("workspace", { ...write, scope: {} }), []);
    assert.equal(rulebook.decide(write).effect, "ask");
    const [made] = await rulebook.remember("conversation", write);
    assert.equal(rulebook.decide(write).rule, made?.id);
    assert.equal(rulebook.decide({ ...write, scope: { conversation: "c2", workspace: "w1" } }).effect, "ask");
    assert.equal(rulebook.decide({ ...write, target: "repoagent/patch" }).effect, "ask");
    await rulebook.remember("always", { ...write, target: "repoagent/patch" });
    assert.equal(rulebook.decide({ ...write, target: "repoagent/patch", scope: undefined }).effect, "allow");
    assert.equal(store.rules.size, 2);
    await rulebook.forgetConversation("c1");
    assert.equal(rulebook.decide(write).effect, "ask");
    assert.equal(store.rules.size, 1);
  });

  it("keeps an answer about a plugin from another of its name, whether that acts or is called", async () => {
    const { rulebook, store } = book();
    const wants: RightsHolder["wants"] = [{ verb: "act", target: "editor/open", why: "to show" }];
    const own: RightsHolder = {
      ...calculator,
      key: "user/a/calculator",
      wants,
      grantedFromStart: false,
      readOffers: [],
    };
    const other = { ...own, key: "workspace/b/calculator" };
    const opens: RightsRequest = { ...deeds.act("editor/open"), principals: ["plugin:calculator"] };
    const calls: RightsRequest = { ...deeds.call("calculator", "put", "write"), principals: ["agent"] };
    const effects = () => [opens, calls].map((request) => rulebook.decide(request).effect);
    const first = rulebook.addPlugin(own);
    await rulebook.setGranted(rulebook.grantsOf("calculator")[0]?.id ?? "", true);
    assert.deepEqual(effects(), ["ask", "ask"]);
    for (const request of [opens, calls]) await rulebook.remember("always", request);
    assert.deepEqual(effects(), ["allow", "allow"]);
    first.dispose();
    const second = rulebook.addPlugin(other);
    assert.deepEqual(effects(), ["deny", "ask"]);
    second.dispose();
    const { rulebook: later } = book(store);
    later.addPlugin(own);
    await later.load();
    assert.deepEqual(
      [opens, calls].map((request) => later.decide(request).effect),
      ["allow", "allow"],
    );
  });

  it("makes a rule only for those of a chain who had to ask", async () => {
    const { rulebook } = book();
    rulebook.addPlugin(calculator);
    const made = await rulebook.remember("always", { ...greets, principals: ["agent", "plugin:calculator"] });
    assert.deepEqual(
      made.map(({ who }) => who),
      ["agent"],
    );
  });

  it("denies every change in ask mode, also what was allowed always", async () => {
    const { rulebook } = book();
    rulebook.addPlugin(calculator);
    const write: RightsRequest = { ...deeds.call("repoagent", "patch", "write"), principals: ["agent"] };
    await rulebook.remember("always", write);
    rulebook.setMode("ask");
    assert.deepEqual([rulebook.mode, rulebook.decide(write).effect], ["ask", "deny"]);
    assert.equal(rulebook.decide({ ...deeds.call("calculator", "x", "read"), principals: ["agent"] }).effect, "allow");
    rulebook.setMode("agent");
    assert.equal(rulebook.decide(write).effect, "allow");
  });

  it("removes persons' rules and nothing else", async () => {
    const { rulebook, store } = book();
    rulebook.addPlugin(calculator);
    const own = await rulebook.addPersonRule({ who: "*", verb: "call", target: "hello/*", effect: "deny", why: "no" });
    assert.equal(rulebook.decide(greets).rule, own.id);
    await rulebook.remove(own.id);
    assert.equal(rulebook.decide(greets).effect, "allow");
    assert.equal(store.rules.size, 0);
    const kinds = await Promise.all(
      [rulebook.grantsOf("calculator")[0]?.id ?? "", "builtin:person", "nothing"].map((id) =>
        rulebook.remove(id).then(
          () => "removed",
          (error: unknown) => (error instanceof Failure ? error.kind : "thrown"),
        ),
      ),
    );
    assert.deepEqual(kinds, ["denied", "denied", "notFound"]);
    await assert.rejects(rulebook.setGranted("builtin:person", false), { kind: "notFound" });
  });

  it("decides anew about a question that is asked again as the same object, when a rule comes, goes or expires", async () => {
    const { rulebook, clock } = book();
    const question = { ...greets, lasting: true } as const;
    const answers = () => {
      const { effect, rule } = rulebook.decide(question);
      assert.deepEqual(rulebook.decide({ ...greets }), rulebook.decide(question), "as it is for any other object");
      return effect === "deny" ? effect : rule;
    };
    assert.equal(answers(), "deny");
    assert.equal(rulebook.decide(question), rulebook.decide(question), "the answer is one object until then");
    const lasting = await rulebook.addPersonRule({ ...greets, who: "plugin:calculator", effect: "allow" });
    assert.equal(answers(), lasting.id);
    await rulebook.remove(lasting.id);
    assert.equal(answers(), "deny");
    const soon = await rulebook.addPersonRule({ ...greets, who: "plugin:calculator", effect: "allow", expires: 5_000 });
    assert.equal(answers(), soon.id);
    clock.advance(4_001);
    assert.equal(answers(), "deny");
  });

  it("remembers a question that is asked again once, also where no folder is open and a rule holds in a workspace alone", async () => {
    const { rulebook } = book();
    await rulebook.addPersonRule({ ...greets, who: "plugin:calculator", effect: "allow", scope: { workspace: "w" } });
    const question = { ...greets, lasting: true } as const;
    const other = { ...greets, principals: ["agent"] };
    const answer = rulebook.decide(other);
    for (let time = 0; time < 6_000; time++) rulebook.decide(question);
    assert.equal(rulebook.decide(other), answer, "nothing was forgotten to make room for it");
  });

  it("lets a rule expire although the decision was remembered", async () => {
    const { rulebook, clock } = book();
    await rulebook.addPersonRule({ ...greets, who: "plugin:calculator", effect: "allow", expires: 5_000 });
    assert.equal(rulebook.decide(greets).effect, "allow");
    clock.advance(3_999);
    assert.equal(rulebook.decide(greets).effect, "allow");
    clock.advance(1);
    assert.equal(rulebook.decide(greets).effect, "deny");
  });

  it("does not mix up requests that look alike when they are remembered", async () => {
    const { rulebook } = book();
    await rulebook.addPersonRule({
      who: "agent",
      verb: "call",
      target: "a/b",
      effect: "allow",
      scope: { conversation: "c 1 w" },
    });
    const asked = (scope: RightsRequest["scope"]) =>
      rulebook.decide({ principals: ["agent"], verb: "call", target: "a/b", scope }).effect;
    assert.equal(asked({ conversation: "c 1 w" }), "allow");
    assert.equal(asked({ conversation: "c", workspace: "1 w" }), "ask");
    assert.equal(asked({ conversation: "c 1 w", workspace: "x" }), "allow");
  });

  it("keeps a change in force when the store cannot be written, and says so", async () => {
    const store = { ...memoryStore(), saveRule: () => Promise.reject(new Failure("unavailable", "The disk is full.")) };
    const rulebook = new Rulebook({ store, clock: new FakeClock(), ids: countingIds() });
    rulebook.addPlugin(calculator);
    await assert.rejects(rulebook.setGranted(rulebook.grantsOf("calculator")[0]?.id ?? "", false), {
      kind: "unavailable",
    });
    assert.equal(rulebook.decide(greets).effect, "deny");
    await rulebook.load();
    assert.equal(rulebook.decide(greets).effect, "deny", "also when the rules are read again");
  });

  it("takes over what another window decided, but for what is decided here meanwhile", async () => {
    const { store, rulebook } = book();
    const { rulebook: other } = book(store);
    for (const each of [rulebook, other]) each.addPlugin(calculator);
    const grant = rulebook.grantsOf("calculator")[0]?.id ?? "";
    await other.setGranted(grant, false);
    const rule = await other.addPersonRule({ who: "plugin:*", verb: "wake", target: "*", effect: "deny" });
    let changes = 0;
    rulebook.onDidChange(() => changes++);
    await rulebook.load();
    assert.equal(rulebook.decide(greets).effect, "deny");
    assert.ok(rulebook.get(rule.id));
    await rulebook.load();
    assert.equal(changes, 1, "what is the same changes nothing");
    await other.remove(rule.id);
    const reading = rulebook.load();
    const granting = rulebook.setGranted(grant, true);
    await Promise.all([reading, granting]);
    assert.equal(rulebook.decide(greets).effect, "allow");
    assert.equal(rulebook.get(rule.id), undefined);
  });
});

function decideFor(rulebook: Rulebook, deed: ReturnType<typeof deeds.publish>) {
  return rulebook.decide({ ...deed, principals: ["plugin:x"] }).effect;
}
