import assert from "node:assert/strict";
import { personRulesAbout } from "../../../../src/core/rules/about.ts";
import type { Rule } from "../../../../src/protocol/rules.ts";

const rule = (id: string, who: string, target: string, more: Partial<Rule> = {}): Rule => ({
  id,
  who,
  verb: "call",
  target,
  effect: "deny",
  source: "person",
  ...more,
});

describe("the person's rules about a plugin", () => {
  it("are those of what it does and of who calls it, also by a pattern, and no others'", () => {
    const rules = [
      rule("does", "plugin:bank", "other/go"),
      rule("does by pattern", "plugin:b*", "other/go", { verb: "act" }),
      rule("is called", "agent", "bank/get"),
      rule("is called by pattern", "agent", "ba*/*"),
      rule("everything is called", "agent", "*", { verb: "*" }),
      rule("another's", "plugin:other", "other/go"),
      rule("a topic of that name", "plugin:other", "bank", { verb: "publish" }),
      rule("a grant", "plugin:bank", "other/go", { source: "grant" }),
      rule("part of Parley", "plugin:bank", "other/go", { source: "builtin" }),
    ];
    assert.deepEqual(
      personRulesAbout(rules, "bank").map(({ id }) => id),
      ["does", "does by pattern", "is called", "is called by pattern", "everything is called"],
    );
  });
});
