import assert from "node:assert/strict";
import { explain, explainNow } from "../../../../src/core/journal/explain.ts";
import type { JournalRow } from "../../../../src/core/journal/records.ts";
import { textOfRule } from "../../../../src/core/journal/ruleTexts.ts";
import { ToldRules } from "../../../../src/core/journal/toldRules.ts";
import type { Rule } from "../../../../src/protocol/rules.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";

const rule: Rule = { id: "rule-1", who: "plugin:p", verb: "call", target: "q/*", effect: "allow", source: "person" };
const row = (more: Partial<JournalRow> = {}): JournalRow => ({
  ...{ seq: 7, timestamp: 0, type: "call.ended", source: "host", data: {} },
  ...more,
});

describe("a rule as a person reads it", () => {
  it("says who may do what, where and until when, whose rule it is, and why", () => {
    assert.equal(textOfRule(rule), "plugin:p may call q/*: the person's own.");
    const scope = { conversation: "c" };
    const long: Rule = {
      ...rule,
      effect: "deny",
      action: "write",
      scope,
      expires: 0,
      source: "grant",
      why: "It broke.",
    };
    assert.equal(
      textOfRule(long),
      "plugin:p may not call q/* (write) in one conversation until 1970-01-01T00:00:00.000Z: a right that the plugin was granted. It broke.",
    );
    assert.match(
      textOfRule({ ...rule, verb: "*", target: "*", revoked: true }),
      /may do anything to everything: .*, revoked since/,
    );
    assert.match(textOfRule({ ...rule, expires: 9e15 }), /until the end of time/);
  });
});

describe("why something was allowed", () => {
  const rules = new Map([[rule.id, rule]]);
  const find = (id: string) => rules.get(id);

  it("is the rule's text, for each who had to be allowed", async () => {
    const both = row({ rule: "rule-1", rules: { "plugin:p": "rule-1", agent: "default:agent-call" } });
    const { rules: named, text } = await explain(both, find, new MemoryStore());
    assert.deepEqual(
      named.map(({ id, principals, inForce }) => [id, principals, inForce]),
      [
        ["rule-1", ["plugin:p"], true],
        ["default:agent-call", ["agent"], true],
      ],
    );
    assert.match(
      text,
      /^plugin:p: plugin:p may call q\/\*: the person's own\. \[rule-1\]\nagent: No rule lets the agent/,
    );
    assert.equal(explainNow(both, find), text);
  });

  it("is nothing where no right was needed, and says so", async () => {
    assert.equal(explainNow(row(), find), undefined);
    assert.match((await explain(row(), find, new MemoryStore())).text, /No right was needed/);
    assert.match((await explain(row({ rule: "never" }), find, new MemoryStore())).text, /Nothing is known/);
  });

  it("is told as it was where the rule is gone, from the row that the journal holds before the first use", async () => {
    const gone: Rule = { ...rule, id: "rule-2", why: "Then." };
    const told = new ToldRules((id) => (id === gone.id ? gone : undefined));
    const store = new MemoryStore();
    const used = row({ rule: gone.id });
    await store.append([...told.before(used), used]);
    assert.deepEqual(
      store.journal.map(({ type }) => type),
      ["permission.rule", "call.ended"],
    );
    const { rules: named, text } = await explain(used, () => undefined, store);
    assert.equal(named[0]?.inForce, false);
    assert.match(text, /plugin:p may call q\/\*: the person's own\. Then\. \[rule-2\] \(it does not hold any more\)/);
  });

  it("is written down once for each rule, and again when it has changed", () => {
    let now: Rule = rule;
    const told = new ToldRules(() => now);
    const used = row({ rule: rule.id, rules: { a: rule.id, b: "rule-3" } });
    assert.equal(told.before(used).length, 2);
    assert.equal(told.before(used).length, 0);
    told.changed();
    assert.equal(told.before(used).length, 0, "nothing has changed in it");
    told.changed();
    now = { ...rule, why: "New." };
    assert.deepEqual(
      told.before(row({ rule: rule.id })).map(({ data }) => (data as Rule).why),
      ["New."],
    );
  });
});

describe("the journal of a host", () => {
  const why = "for the test";
  const plugin: ScriptedPlugin = {
    manifest: {
      wants: [{ verb: "publish", target: "bell.>", why }],
      offers: [{ name: "go", description: "x", action: "write" }],
    },
    onRequest: async (method, params, { send }) => {
      if (method !== "call") return {};
      const { _meta } = params as { _meta: { callId: string } };
      await send("publish", { topic: "bell.rings", data: 1, show: true, _meta: { callId: _meta.callId } });
      await send("publish", { topic: "other", data: 1 }).catch(() => {});
      return null;
    },
  };

  it("tells who gave and took which right, with the rule's text, and answers why for each line", async () => {
    const { host, store } = await scriptedHost({ plugins: { p: plugin } });
    const entries: { type: string; why?: string }[] = [];
    host.activity.onDidAdd((entry) => entries.push(entry));
    const [grant] = host.rules.grantsOf("p");
    assert.ok(grant);
    await host.rules.setGranted(grant.id, false);
    await host.rules.setGranted(grant.id, true);
    const made = await host.rules.addPersonRule({ who: "plugin:p", verb: "act", target: "*", effect: "deny" });
    await host.rules.remove(made.id);
    host.rules.setMode("ask");
    host.rules.setMode("agent");
    await host.calls.call({ caller: "person", to: { plugin: "p" }, name: "go", args: {} });
    await host.stop();
    const told = store.journal.flatMap(({ type, rule: id, data }) =>
      type.startsWith("permission.") && type !== "permission.rule" && type !== "permission.decided"
        ? [[type, id, (data as { by?: string; mode?: string }).by, (data as { mode?: string }).mode]]
        : [],
    );
    assert.deepEqual(told, [
      ["permission.revoked", grant.id, "person", undefined],
      ["permission.granted", grant.id, "person", undefined],
      ["permission.ruleAdded", made.id, "person", undefined],
      ["permission.ruleRemoved", made.id, "person", undefined],
      ["permission.modeChanged", undefined, "person", "ask"],
      ["permission.modeChanged", undefined, "person", "agent"],
      ["permission.refused", "default:plugin", undefined, undefined],
    ]);
    const rang = store.journal.find(({ type }) => type === "bell.rings");
    assert.equal(rang?.rule, grant.id);
    assert.match(
      entries.find(({ type }) => type === "bell.rings")?.why ?? "",
      /plugin:p may publish bell\.>: a right that/,
    );
    assert.match(
      entries.find(({ type }) => type === "permission.refused")?.why ?? "",
      /No rule allows it to the plugin/,
    );
    const texts = store.journal.filter(({ type, rule: id }) => type === "permission.rule" && id === made.id);
    assert.equal(texts.length, 1, "the text of a rule that is gone is kept");
    const refused = store.journal.find(
      ({ type, data }) => type === "permission.decided" && (data as { effect: string }).effect === "deny",
    );
    assert.equal((refused?.data as { target: string } | undefined)?.target, "other");
  });
});
