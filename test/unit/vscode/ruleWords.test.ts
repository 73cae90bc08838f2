import assert from "node:assert/strict";
import { deedWords, ruleWords } from "../../../src/vscode/ruleWords.ts";

describe("a rule in words", () => {
  const rule = { who: "plugin:calculator", verb: "call", target: "hello/hello", effect: "deny" } as const;

  it("is a sentence about who may do what", () => {
    assert.equal(ruleWords(rule), "calculator may not call hello/hello");
    assert.equal(ruleWords({ ...rule, effect: "ask" }), "calculator must ask you to call hello/hello");
    assert.equal(
      ruleWords({ ...rule, who: "plugin:*", action: "read", effect: "allow", rate: { perMinute: 10 } }),
      "Every plugin may call hello/hello (read), at most 10 times a minute",
    );
    assert.equal(
      ruleWords({ ...rule, who: "agent", effect: "allow", rate: { perMinute: 1 } }),
      "The agent may call hello/hello, at most 1 time a minute",
    );
    assert.equal(ruleWords({ ...rule, who: "extension" }), "Other extensions may not call hello/hello");
    assert.equal(ruleWords({ ...rule, who: "plugin:goose-*" }), "goose-* may not call hello/hello");
  });

  it("leaves the deed alone where nothing is said of who", () => {
    assert.equal(deedWords({ verb: "state", target: "database" }), "state database");
    assert.equal(deedWords({ verb: "call", target: "a/b", action: "write" }), "call a/b (write)");
  });
});
