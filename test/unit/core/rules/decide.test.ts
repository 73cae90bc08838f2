import assert from "node:assert/strict";
import fc from "fast-check";
import { decide, type RightsRequest, refusal } from "../../../../src/core/rules/decide.ts";
import { deeds } from "../../../../src/core/rules/targets.ts";
import { type Rule, ruleVerb } from "../../../../src/protocol/rules.ts";

let count = 0;
function rule(draft: Partial<Rule>): Rule {
  // The earlier id wins a tie, so a test that the later rule is named cannot pass by its id.
  return {
    id: `r${String(++count).padStart(4, "0")}`,
    who: "*",
    verb: "call",
    target: "*",
    effect: "allow",
    source: "person",
    ...draft,
  };
}

function call(target: string, more: Partial<RightsRequest> = {}): RightsRequest {
  return { principals: ["plugin:calculator"], verb: "call", target, action: "read", ...more };
}

const strength = { allow: 0, ask: 1, deny: 2 };

describe("decide", () => {
  it("lets a person act, asks about an agent's calls and denies the rest where no rule speaks", () => {
    const effect = (who: string, verb: Rule["verb"] & string) =>
      decide([], { principals: [who], verb: verb as "call", target: "x/y" }, 0);
    assert.deepEqual([effect("person", "act").effect, effect("person", "act").rule], ["allow", "default:person"]);
    assert.deepEqual([effect("agent", "call").effect, effect("agent", "call").rule], ["ask", "default:agent-call"]);
    assert.equal(effect("agent", "act").effect, "deny");
    assert.deepEqual([effect("plugin:x", "call").effect, effect("plugin:x", "call").rule], ["deny", "default:plugin"]);
    assert.equal(effect("somebody", "call").effect, "deny");
  });

  it("denies when nobody is named", () => {
    assert.equal(decide([rule({})], call("x/y", { principals: [] }), 0).effect, "deny");
  });

  it("puts deny before ask before allow, however specific", () => {
    const exact = rule({ who: "plugin:calculator", target: "hello/hello", action: "read", effect: "allow" });
    const ask = rule({ target: "hello/*", effect: "ask" });
    const deny = rule({ target: "*", effect: "deny" });
    assert.equal(decide([exact], call("hello/hello"), 0).rule, exact.id);
    assert.equal(decide([exact, ask], call("hello/hello"), 0).rule, ask.id);
    assert.equal(decide([exact, ask, deny], call("hello/hello"), 0).rule, deny.id);
  });

  it("names the more specific rule inside one effect", () => {
    const wide = rule({ target: "*" });
    const narrow = rule({ target: "hello/*" });
    const exact = rule({ target: "hello/hello" });
    const anyVerb = rule({ who: "plugin:calculator", verb: "*", target: "hello/hello" });
    const exactWho = rule({ who: "plugin:calculator", target: "hello/hello" });
    const exactAction = rule({ who: "plugin:calculator", target: "hello/hello", action: "read" });
    const here = rule({
      who: "plugin:calculator",
      target: "hello/hello",
      action: "read",
      scope: { conversation: "c" },
    });
    const ladder = [wide, narrow, exact, anyVerb, exactWho, exactAction, here];
    for (let length = 1; length <= ladder.length; length++) {
      const request = call("hello/hello", { scope: { conversation: "c" } });
      for (const rules of [ladder.slice(0, length), ladder.slice(0, length).reverse()]) {
        assert.equal(decide(rules, request, 0).rule, ladder[length - 1]?.id);
      }
    }
  });

  it("ignores expired and revoked rules, to the millisecond", () => {
    assert.equal(decide([rule({ revoked: true })], call("a/b"), 0).effect, "deny");
    assert.equal(decide([rule({ expires: 1_000 })], call("a/b"), 999).effect, "allow");
    assert.equal(decide([rule({ expires: 1_000 })], call("a/b"), 1_000).effect, "deny");
  });

  it("keeps a rule inside its conversation and workspace", () => {
    const here = [rule({ scope: { conversation: "c1", workspace: "w1" } })];
    assert.equal(decide(here, call("a/b", { scope: { conversation: "c1", workspace: "w1" } }), 0).effect, "allow");
    assert.equal(decide(here, call("a/b", { scope: { conversation: "c2", workspace: "w1" } }), 0).effect, "deny");
    assert.equal(decide(here, call("a/b", { scope: { conversation: "c1" } }), 0).effect, "deny");
    assert.equal(decide(here, call("a/b"), 0).effect, "deny");
  });

  it("does not stretch a rule for one action to another, nor an allowance to an action that is not stated", () => {
    const reads = [rule({ action: "read" })];
    assert.equal(decide(reads, call("a/b", { action: "write" }), 0).effect, "deny");
    assert.equal(decide(reads, call("a/b", { action: undefined }), 0).effect, "deny");
    const noWrites = [rule({}), rule({ action: "write", effect: "deny" })];
    assert.equal(decide(noWrites, call("a/b", { action: "read" }), 0).effect, "allow");
    assert.equal(decide(noWrites, call("a/b", { action: undefined }), 0).effect, "deny");
  });

  it("needs the right of every principal of a chain, and says whose was missing", () => {
    const rules = [rule({ who: "plugin:a", verb: "spend" }), rule({ who: "plugin:b", verb: "spend", effect: "ask" })];
    const chain = (...principals: string[]) => decide(rules, { ...deeds.spend(), principals }, 0);
    assert.equal(chain("plugin:a").effect, "allow");
    assert.deepEqual(
      [chain("plugin:a", "plugin:b").effect, chain("plugin:a", "plugin:b").principal],
      ["ask", "plugin:b"],
    );
    assert.deepEqual(
      [chain("plugin:b", "plugin:c").effect, chain("plugin:b", "plugin:c").principal],
      ["deny", "plugin:c"],
    );
  });

  it("allows a subscription only where a rule covers all of it, and denies it where a rule touches it", () => {
    const subscribe = (rules: Rule[], pattern: string) =>
      decide(rules, { ...deeds.subscribe(pattern), principals: ["plugin:m"] }, 0).effect;
    const tools = rule({ verb: "subscribe", target: "tool.*" });
    assert.equal(subscribe([tools], "tool.callEnd"), "allow");
    assert.equal(subscribe([tools], "tool.*"), "allow");
    assert.equal(subscribe([tools], "tool.>"), "deny");
    assert.equal(subscribe([tools], ">"), "deny");
    const all = rule({ verb: "subscribe", target: ">" });
    const noEdits = rule({ verb: "subscribe", target: "editor.changed", effect: "deny" });
    assert.equal(subscribe([all, noEdits], "tool.>"), "allow");
    assert.equal(subscribe([all, noEdits], ">"), "deny");
    assert.equal(subscribe([all, noEdits], "*.changed"), "deny");
  });

  it("says in a refusal who, what, which rule and what to do", () => {
    const failure = refusal(decide([], call("hello/hello"), 0), "call hello/hello");
    assert.equal(failure.kind, "denied");
    assert.match(failure.message, /The plugin calculator may not call hello\/hello: rule default:plugin/);
    assert.match(failure.todo ?? "", /wants/);
    assert.equal(failure.details?.rule, "default:plugin");
  });
});

describe("the algebra of decide", () => {
  const word = fc.constantFrom("a", "b", "*");
  const anyRule: fc.Arbitrary<Rule> = fc.record({
    id: fc.uuid(),
    who: fc.constantFrom("*", "agent", "person", "plugin:*", "plugin:a", "plugin:b"),
    verb: fc.constantFrom(...ruleVerb.options, "*" as const),
    target: fc.oneof(
      fc.constant("*"),
      fc.constant(">"),
      fc.tuple(word, word).map((parts) => parts.join("/")),
      fc.tuple(word, word).map((parts) => parts.join(".")),
    ),
    action: fc.constantFrom("read", "write", "*", undefined),
    effect: fc.constantFrom("allow", "ask", "deny"),
    source: fc.constantFrom("builtin", "grant", "person"),
    revoked: fc.constantFrom(true, false, undefined),
    expires: fc.constantFrom(undefined, 10, 1_000),
  });
  const anyRequest: fc.Arbitrary<RightsRequest> = fc.record({
    principals: fc.array(fc.constantFrom("agent", "person", "plugin:a", "plugin:b"), { minLength: 1, maxLength: 3 }),
    verb: fc.constantFrom(...ruleVerb.options),
    target: fc.constantFrom("a/b", "b/a", "a.b", "a", "tool"),
    action: fc.constantFrom("read", "write", undefined),
  });
  const rules = fc.array(anyRule, { maxLength: 8 });

  it("does not depend on the order of the rules", () => {
    fc.assert(
      fc.property(rules, anyRequest, fc.integer(), (list, request, seed) => {
        const shuffled = list
          .map((one, index) => ({ one, at: (index * 7_919 + seed) % 101 }))
          .sort((x, y) => x.at - y.at);
        const again = decide(
          shuffled.map(({ one }) => one),
          request,
          100,
        );
        assert.deepEqual(again, decide(list, request, 100));
      }),
      { numRuns: 1_000 },
    );
  });

  it("is never made wider by a rule that denies or asks, or by one more principal", () => {
    fc.assert(
      fc.property(rules, anyRule, anyRequest, fc.constantFrom("agent", "plugin:a"), (list, extra, request, other) => {
        const before = decide(list, request, 100).effect;
        const denied = decide([...list, { ...extra, effect: "deny" }], request, 100).effect;
        assert.ok(strength[denied] >= strength[before]);
        const joined = decide(list, { ...request, principals: [...request.principals, other] }, 100).effect;
        assert.ok(strength[joined] >= strength[before]);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is never made narrower by allowing more, where a rule allowed or asked before", () => {
    fc.assert(
      fc.property(rules, anyRule, anyRequest, (list, extra, request) => {
        const before = decide(list, request, 100);
        const after = decide([...list, { ...extra, effect: "allow" }], request, 100);
        assert.ok(strength[after.effect] <= strength[before.effect]);
      }),
      { numRuns: 1_000 },
    );
  });

  it("denies what one rule denies, whatever else allows it", () => {
    const never: Rule = { id: "never", who: "*", verb: "*", target: "*", effect: "deny", source: "person" };
    fc.assert(
      fc.property(rules, fc.nat({ max: 8 }), anyRequest, (list, at, request) => {
        const allowing = list.map((one): Rule => ({ ...one, effect: "allow" }));
        assert.equal(decide([...allowing.slice(0, at), never, ...allowing.slice(at)], request, 100).effect, "deny");
      }),
      { numRuns: 1_000 },
    );
  });

  it("answers with the strongest of the rules that apply, and a question of the first use is the weakest", () => {
    const effects = fc.constantFrom("allow", "ask", "deny", "firstUse");
    fc.assert(
      fc.property(fc.array(effects, { minLength: 1, maxLength: 8 }), anyRequest, (list, request) => {
        const applying = list.map((effect, index): Rule => {
          const all = { id: String(index), who: "*", verb: "*", target: "*", action: "*", source: "person" } as const;
          return effect === "firstUse" ? { ...all, effect: "ask", firstUse: true } : { ...all, effect };
        });
        const order = ["deny", "ask", "allow", "firstUse"] as const;
        const strongest = order.find((effect) => list.includes(effect));
        const { effect, rule } = decide(applying, request, 100);
        assert.equal(effect, strongest === "firstUse" ? "ask" : strongest);
        assert.equal(list[Number(rule)], strongest, "the rule that is named is one of that effect");
      }),
      { numRuns: 1_000 },
    );
  });

  it("treats a revoked or expired rule as if it were not there", () => {
    fc.assert(
      fc.property(rules, anyRequest, (list, request) => {
        const counting = list.filter(({ revoked, expires }) => !revoked && (expires === undefined || expires > 100));
        assert.deepEqual(decide(list, request, 100), decide(counting, request, 100));
      }),
      { numRuns: 1_000 },
    );
  });
});
