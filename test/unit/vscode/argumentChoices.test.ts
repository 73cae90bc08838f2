import assert from "node:assert/strict";
import { choicesOf, problemWith, resultWords, textOf, valueFrom } from "../../../src/vscode/argumentChoices.ts";
import { argumentsOf } from "../../../src/vscode/argumentSchema.ts";

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
    assert.equal(textOf("Oslo"), "Oslo");
    assert.equal(textOf(5), "5");
    assert.equal(textOf(undefined), "");
    const sizes = choicesOf({ enum: ["s", "m", "l"], default: "m" }, false) ?? [];
    assert.deepEqual(
      sizes.map(({ label, description }) => [label, description]),
      [
        ["m", "default"],
        ["Leave it out", "optional"],
        ["s", undefined],
        ["l", undefined],
      ],
    );
    assert.equal(choicesOf({ type: "boolean", default: false }, true)?.[0]?.value, false);
  });

  it("takes each type that a value may have as what it is, and text that fits no other as text", () => {
    const maybe = { type: ["string", "null"] };
    assert.deepEqual([valueFrom("5", maybe), valueFrom("null", maybe), valueFrom("", maybe)], ["5", null, ""]);
    const either = { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }] };
    assert.deepEqual([valueFrom("5", either), valueFrom("null", either)], [5, null]);
    assert.equal(problemWith("0", either, true), "Type a whole number of at least 1, or null.");
    const width = { anyOf: [{ type: "number" }, { enum: ["auto"] }] };
    assert.deepEqual([valueFrom("1.5", width), valueFrom("auto", width)], [1.5, "auto"]);
    assert.equal(problemWith("wide", width, true), "Type a number, or one of auto.");
    assert.deepEqual(valueFrom('{"a":1}', { oneOf: [{ type: "object" }, { type: "string" }] }), { a: 1 });
    assert.deepEqual(
      choicesOf({ type: ["boolean", "null"] }, true)?.map(({ value }) => value),
      [true, false, null],
    );
    assert.deepEqual(choicesOf({ oneOf: [{ const: 1, title: "Low" }, { const: 2 }] }, true), [
      { label: "Low", description: "1", value: 1 },
      { label: "2", value: 2 },
    ]);
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
      ["0", { type: "number", exclusiveMinimum: 0, maximum: 9 }, "Type a number of at most 9 and above 0."],
      ["9", { type: "number", exclusiveMaximum: 9 }, "Type a number below 9."],
      ["7", { type: "integer", multipleOf: 5 }, "Type a whole number that is a multiple of 5."],
      ["[1]", { type: "array", minItems: 2 }, "Type a list of at least 2."],
      ["[1,2]", { type: "array", maxItems: 1 }, "Type a list of at most 1."],
      ["maybe", { type: ["boolean", "number"] }, "Type true or false, or a number."],
      ["", { type: "string", minLength: 1 }, "Type something."],
      ["ab", { type: "string", minLength: 3 }, "Type at least 3 characters."],
      ["abc", { type: "string", maxLength: 2 }, "Type at most 2 characters."],
    ] as const)
      assert.equal(problemWith(text, schema, true), said, text);
    for (const [text, schema] of [
      ["6", { type: "number" }],
      ["0.3", { type: "number", multipleOf: 0.1 }],
      ["true", { type: ["boolean", "number"] }],
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

describe("what a schema of arguments asks for", () => {
  const asked = (input: Record<string, unknown>) =>
    argumentsOf(input).map(({ name, schema, required }) => [name, schema.type, required]);

  it("is each property in its order, and what is required without being described", () => {
    const input = { properties: { a: { type: "string" }, b: true }, required: ["c", "a"] };
    assert.deepEqual(asked(input), [
      ["a", "string", true],
      ["b", undefined, false],
      ["c", undefined, true],
    ]);
    assert.deepEqual([argumentsOf(undefined), argumentsOf({ type: "object" })], [[], []]);
  });

  it("is found through references, also of the whole and in branches, and through one that leads to itself", () => {
    const input = {
      allOf: [{ $ref: "#/$defs/Order" }],
      $defs: {
        Order: {
          properties: {
            colour: { $ref: "#/$defs/Colour", description: "Of the cover." },
            near: { anyOf: [{ $ref: "#/$defs/Place" }, { type: "null" }] },
            loop: { $ref: "#/$defs/Loop" },
            away: { $ref: "https://example.org/schema" },
          },
          required: ["colour"],
        },
        Colour: { enum: ["red", "blue"] },
        Place: { type: "object" },
        Loop: { $ref: "#/$defs/Loop" },
      },
    };
    const [colour, near] = argumentsOf(input);
    assert.deepEqual(colour?.schema, { enum: ["red", "blue"], description: "Of the cover." });
    assert.deepEqual(valueFrom('{"x":1}', near?.schema ?? {}), { x: 1 });
    assert.deepEqual(asked(input).slice(2), [
      ["loop", undefined, false],
      ["away", undefined, false],
    ]);
  });

  it("is found at once where references fan out without an end", () => {
    const anyOf = Array.from({ length: 30 }, () => ({ $ref: "#/$defs/Fan" }));
    const [fan, plain] = argumentsOf({
      properties: { fan: { $ref: "#/$defs/Fan" }, plain: { $ref: "#/$defs/Plain" } },
      $defs: { Fan: { anyOf }, Plain: { type: "string" } },
    });
    assert.ok(JSON.stringify(fan).length < 100_000);
    assert.equal(plain?.schema.type, "string");
    assert.equal(problemWith("anything", fan?.schema ?? {}, true), undefined);
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
