import assert from "node:assert/strict";
import { choicesOf, valueFrom } from "../../../src/vscode/argumentChoices.ts";

describe("asking a person for an argument", () => {
  it("gives the values of an enum as they are in the schema, not as text", () => {
    assert.deepEqual(
      choicesOf([1, "1", true, null], true).map(({ label, value }) => [label, value]),
      [
        ["1", 1],
        ["1", "1"],
        ["true", true],
        ["null", null],
      ],
    );
  });

  it("lets an enum be left out that is not required, and no other", () => {
    const [first, ...rest] = choicesOf(["a"], false);
    assert.equal(first?.leftOut, true);
    assert.deepEqual(rest, [{ label: "a", value: "a" }]);
    assert.ok(!choicesOf(["a"], true).some(({ leftOut }) => leftOut));
  });

  it("takes what was typed as the schema's type where it is that, and as text otherwise", () => {
    assert.equal(valueFrom("12", { type: "number" }), 12);
    assert.equal(valueFrom("12", { type: "string" }), "12");
    assert.equal(valueFrom("12", {}), "12");
    assert.deepEqual(valueFrom('["a"]', { type: "array" }), ["a"]);
    assert.equal(valueFrom("many", { type: "number" }), "many");
  });
});
