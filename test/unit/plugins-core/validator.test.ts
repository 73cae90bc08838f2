import assert from "node:assert/strict";
import { Failure } from "../../../src/base/failure.ts";
import type { ValidatorPort } from "../../../src/core/ports.ts";
import { createValidator } from "../../../src/node/validator.ts";

describe("the validator", () => {
  let validator: ValidatorPort;
  before(async () => {
    validator = await createValidator();
  });
  const complaint = (schema: Record<string, unknown>, value: unknown) => validator.compile(schema).validate(value);
  const person = {
    type: "object",
    properties: { name: { type: "string", minLength: 1 }, tags: { type: "array", items: { enum: ["a", "b"] } } },
    required: ["name"],
    additionalProperties: false,
  };

  it("says nothing about a value that fits", () =>
    assert.equal(complaint(person, { name: "x", tags: ["a"] }), undefined));

  const complaints: [Record<string, unknown>, unknown, RegExp][] = [
    [person, {}, /^"name" is missing$/],
    [person, { name: 1 }, /^"name" must be of the type string$/],
    [person, { name: "x", age: 3 }, /^"age" is not a known field$/],
    [person, { name: "x", tags: ["c"] }, /^"tags\[0\]" must be one of "a", "b"$/],
    [person, [], /^the value must be of the type object$/],
    [{ properties: { a: { properties: { "b/c": { const: 2 } } } } }, { a: { "b/c": 1 } }, /^"a\.b\/c" must be 2$/],
    [{ properties: { n: { minimum: 3 } } }, { n: 2 }, /^"n" must be >= 3$/],
    [{ properties: { n: { anyOf: [{ type: "string" }, { type: "null" }] } } }, { n: 2 }, /^"n" fits none of the forms/],
    [{ properties: { s: { pattern: "^a+$" } } }, { s: "b" }, /^"s" must match the pattern \^a\+\$$/],
  ];
  for (const [schema, value, expected] of complaints) {
    it(`names the field: ${expected.source}`, () => assert.match(complaint(schema, value) ?? "", expected));
  }

  it("takes 2020-12 and draft-07", () => {
    const tuple = { type: "array", prefixItems: [{ type: "string" }], items: false };
    assert.equal(complaint(tuple, ["a"]), undefined);
    assert.ok(complaint(tuple, ["a", 1]));
    const older = {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "array",
      items: [{ type: "string" }],
      additionalItems: false,
    };
    assert.equal(complaint(older, ["a"]), undefined);
    assert.ok(complaint(older, ["a", 1]));
    const { $schema: _, ...unsaid } = older;
    assert.ok(complaint(unsaid, ["a", 1]));
  });

  it("takes references inside the schema, the same $id twice, and words that it does not know", () => {
    const schema = {
      $id: "https://example.com/x",
      $defs: { n: { type: "number" } },
      properties: { a: { $ref: "#/$defs/n" } },
      "x-secret": true,
    };
    assert.match(complaint(schema, { a: "x" }) ?? "", /"a" must be/);
    assert.match(complaint({ ...schema }, { a: "x" }) ?? "", /"a" must be/);
  });

  const failureOf = (schema: Record<string, unknown>): Failure => {
    try {
      validator.compile(schema);
    } catch (error) {
      assert.ok(error instanceof Failure, String(error));
      return error;
    }
    return assert.fail("it should have been refused");
  };

  it("refuses what is no schema, what points elsewhere, what is too large or too deep", () => {
    assert.match(failureOf({ type: "strin" }).message, /cannot be used/);
    assert.equal(failureOf({ $ref: "https://example.com/other.json" }).kind, "invalidParams");
    assert.equal(failureOf({ description: "x".repeat(256 * 1024) }).kind, "tooLarge");
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 100; i++) deep = { not: deep };
    assert.equal(failureOf(deep).kind, "tooLarge");
    assert.match(failureOf({ pattern: "(" }).message, /pattern "\(" of the schema is not accepted/);
    assert.match(failureOf({ pattern: "a".repeat(2_000) }).message, /longer than/);
  });

  it("is not stopped by a pattern that takes for ever", () => {
    for (const pattern of ["^(a+)+$", "^(a|a)*$", "^([a-z]+)*\\1$"]) {
      const begun = performance.now();
      assert.ok(complaint({ pattern }, `${"a".repeat(40)}!`));
      assert.ok(performance.now() - begun < 1_000, pattern);
    }
    const begun = performance.now();
    assert.ok(complaint({ pattern: "\\d+\\d+\\d+$" }, `${"1".repeat(50_000)}!`));
    assert.ok(performance.now() - begun < 1_000);
    assert.equal(complaint({ pattern: "^[a-z]+(-[a-z0-9]+)*$" }, "a-harmless-slug-2"), undefined);
    assert.equal(complaint({ pattern: "^a+$" }, "a".repeat(50_000)), undefined);
  });
});
