import assert from "node:assert/strict";
import * as z from "zod";
import { firstIssue } from "../../../../src/core/plugins/issues.ts";

describe("the first thing that a schema found wrong", () => {
  const say = (schema: z.ZodType, value: unknown, prefix = ""): string => {
    const read = schema.safeParse(value);
    assert.equal(read.success, false);
    return firstIssue(read.error as never, "the file", prefix);
  };
  const shape = z.strictObject({
    name: z.string(),
    list: z.array(z.object({ n: z.number() })).optional(),
    kind: z.enum(["a", "b"]).optional(),
    one: z.literal(1).optional(),
    when: z.date().optional(),
    short: z.string().max(2).optional(),
    path: z.string().regex(/^\.\//, "must start with ./").optional(),
    run: z
      .union([
        z.object({ type: z.literal("node"), entry: z.string() }),
        z.object({ type: z.literal("command"), command: z.string() }),
      ])
      .optional(),
    env: z.record(z.string().regex(/^[A-Z]+$/, "must be in capitals"), z.string()).optional(),
  });

  for (const [what, value, expected] of [
    ["the whole", "text", "the file must be an object"],
    ["a field that is missing", {}, '"name" is missing'],
    ["the kind of a field", { name: 1 }, '"name" must be a text'],
    ["a kind without a word of its own", { name: "x", when: 1 }, '"when" must be of the type date'],
    ["a place in a list", { name: "x", list: [{ n: 1 }, { n: "2" }] }, '"list[1].n" must be a number'],
    ["one of several values", { name: "x", kind: "c" }, '"kind" must be one of "a", "b"'],
    ["the only value", { name: "x", one: 2 }, '"one" must be 1'],
    ["an unknown field", { name: "x", odd: 1 }, 'the file has the unknown field "odd"'],
    ["several unknown fields", { name: "x", odd: 1, even: 2 }, 'the file has the unknown fields "odd", "even"'],
    ["a rule in its own words", { name: "x", path: "a" }, '"path" must start with ./'],
    ["the branch that was meant", { name: "x", run: { type: "command" } }, '"run.command" is missing'],
    ["a key", { name: "x", env: { low: "1" } }, '"env.low" must be in capitals'],
  ] as const)
    it(`names ${what}`, () => assert.equal(say(shape, value), expected));

  it("passes on what it has no words for, and puts a prefix in front", () => {
    assert.match(say(shape, { name: "x", short: "long" }), /^"short": /);
    assert.equal(say(shape, {}, "extensions.x"), '"extensions.x.name" is missing');
    assert.equal(firstIssue({ issues: [] } as never, "the file"), "the file is not valid");
  });
});
