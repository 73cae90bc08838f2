import assert from "node:assert/strict";
import { choicesOf, problemWith, resultWords, textOf, valueFrom } from "../../../src/vscode/argumentChoices.ts";

describe("asking a person for an argument", () => {
  it("gives the values of an enum as they are in the schema, not as text", () => {
    assert.deepEqual(
      choicesOf({ enum: [1, "1", true, null] }, true)?.map(({ label, value }) => [label, value]),
      [
        ["1", 1],
        ["1", "1"],
        ["true", true],
        ["null", null],
      ],
    );
  });

  it("lets an enum be left out that is not required, and no other", () => {
    const [first, ...rest] = choicesOf({ enum: ["a"] }, false) ?? [];
    assert.equal(first?.leftOut, true);
    assert.deepEqual(rest, [{ label: "a", value: "a" }]);
    assert.ok(!choicesOf({ enum: ["a"] }, true)?.some(({ leftOut }) => leftOut));
  });

  it("has what is true or false chosen, and nothing else that has no list", () => {
    assert.deepEqual(
      choicesOf({ type: "boolean" }, true)?.map(({ value }) => value),
      [true, false],
    );
    assert.equal(choicesOf({ type: "boolean" }, false)?.length, 3);
    assert.equal(choicesOf({ type: "string" }, true), undefined);
  });

  it("takes what was typed as the schema's type where it is that, and as text otherwise", () => {
    assert.equal(valueFrom("12", { type: "number" }), 12);
    assert.equal(valueFrom("12", { type: "string" }), "12");
    assert.equal(valueFrom("12", {}), "12");
    assert.deepEqual(valueFrom('["a"]', { type: "array" }), ["a"]);
    assert.equal(valueFrom("many", { type: "number" }), "many");
  });

  it("begins with the default", () => {
    assert.equal(textOf({ default: "Oslo" }), "Oslo");
    assert.equal(textOf({ default: 5 }), "5");
    assert.equal(textOf({}), "");
  });

  it("says while the person types what would not be taken", () => {
    for (const [text, schema, said] of [
      ["six", { type: "number" }, "Type a number."],
      ["", { type: "number" }, "Type a number."],
      ["1.5", { type: "integer" }, "Type a whole number."],
      ["0", { type: "integer", minimum: 1, maximum: 20 }, "Type a whole number from 1 to 20."],
      ["0", { type: "number", minimum: 1 }, "Type a number of at least 1."],
      ["9", { type: "number", maximum: 5 }, "Type a number of at most 5."],
      ["a, b", { type: "array" }, 'Type a list as JSON, such as ["one", "two"].'],
      ["[]", { type: "object" }, 'Type an object as JSON, such as {"name": "Ada"}.'],
      ["", { type: "string", minLength: 1 }, "Type something."],
      ["ab", { type: "string", minLength: 3 }, "Type at least 3 characters."],
      ["abc", { type: "string", maxLength: 2 }, "Type at most 2 characters."],
    ] as const)
      assert.equal(problemWith(text, schema, true), said, text);
    for (const [text, schema] of [
      ["6", { type: "number" }],
      ["-1.5e3", { type: "number" }],
      ["", { type: "string" }],
      ["😀😀", { type: "string", maxLength: 2 }],
      ["[1]", { type: "array" }],
      ['{"a":1}', { type: "object" }],
      ["anything", { type: ["string", "null"] }],
      ["anything", {}],
    ] as const)
      assert.equal(problemWith(text, schema, true), undefined, text);
    assert.equal(problemWith("", { type: "number" }, false), undefined, "what is optional may stay empty");
  });
});

describe("showing a person a result", () => {
  it("is in words where it is a text or flat", () => {
    assert.equal(resultWords("ok"), "ok");
    assert.equal(resultWords(undefined), "done");
    assert.equal(resultWords({ message: "Hello, Ada!" }), "Hello, Ada!");
    assert.equal(resultWords({ result: 42, callee_plugin: "hello" }), "result: 42 · callee_plugin: hello");
    assert.equal(resultWords({ result: 1, by: null }), "result: 1 · by: null");
    assert.equal(resultWords({}), "done");
    for (const large of [[1], { deep: { a: 1 } }]) assert.equal(resultWords(large), undefined);
  });
});
