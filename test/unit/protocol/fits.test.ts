import assert from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod";
import { type Fits, fitsOf } from "../../../src/protocol/fits.ts";
import { hostToPlugin, pluginToHost } from "../../../src/protocol/plugin/methods.ts";

/** Values that some schema takes, and ones that few do. */
const values = fc.constantFrom<unknown>(
  ...["", "a", "echo", "bench-target", "a.b", "read", "self.log", "before", "-x", "x".repeat(300)],
  ...[0, 1, -1, 1.5, 2 ** 53, Number.NaN, true, false, null, undefined],
  ...[[], {}, ["a"], { a: 1 }, { plugin: "p" }, { plugin: "p", provides: "q" }],
);

/** Values that are shaped after a schema: mostly right, with fields missing, wrong and added. */
function near(schema: z.ZodType): fc.Arbitrary<unknown> {
  const { def } = (schema as unknown as z.core.$ZodTypes)._zod;
  const of = (inner: z.core.$ZodType) => near(inner as z.ZodType);
  const shaped = (): fc.Arbitrary<unknown> => {
    switch (def.type) {
      case "object": {
        const fields = Object.entries(def.shape).map(([name, field]) => [name, of(field)] as const);
        const added = fc.constantFrom(...Array(17).fill(undefined), "added", "__proto__", "constructor");
        return fc
          .tuple(fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: true }), added)
          .map(([value, name]) => {
            if (name) Object.defineProperty(value, name, { value: 1, enumerable: true });
            return value;
          });
      }
      case "union":
        return fc.oneof(...def.options.map(of));
      case "array":
        return fc.array(of(def.element), { maxLength: 3 });
      case "record":
        return fc.dictionary(fc.constantFrom("a", "b", "__proto__"), of(def.valueType), {
          maxKeys: 2,
          noNullPrototype: true,
        });
      case "optional":
      case "default":
        return of(def.innerType);
      case "literal":
        return fc.constantFrom<unknown>(...def.values);
      case "enum":
        return fc.constantFrom(...Object.values(def.entries));
      case "string":
        return mostly(fc.constantFrom("a", "echo"));
      case "number":
        return mostly(fc.constantFrom(0, 1));
      case "boolean":
        return mostly(fc.boolean());
      default:
        return values;
    }
  };
  const mostly = (usual: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 19, arbitrary: usual }, { weight: 1, arbitrary: values });
  return mostly(shaped());
}

/** What is answered with yes is what the schema would answer with the same value; answers how often that was. */
function agree(schema: z.ZodType, fits: Fits, numRuns: number): number {
  let yes = 0;
  fc.assert(
    fc.property(near(schema), (value) => {
      if (!fits(value)) return;
      yes++;
      const parsed = schema.safeParse(value);
      assert.ok(parsed.success, parsed.error?.message);
      assert.deepEqual(parsed.data, value);
    }),
    { numRuns },
  );
  return yes;
}

describe("what fits its schema as it stands", () => {
  const methods = Object.entries({ ...hostToPlugin, ...pluginToHost });
  for (const [method, spec] of methods) {
    it(`is so for the schema too: ${method}`, () => {
      agree(spec.params, fitsOf(spec.params), 300);
      if (spec.kind === "request") agree(spec.result, fitsOf(spec.result), 300);
    });
  }

  const closed = z.strictObject({ plugin: z.string().min(1) });
  const cases: [string, z.ZodType][] = [
    ["unions whose branches take each other's values", z.union([z.object({ a: z.number().optional() }), closed])],
    ["unions of closed branches", z.union([closed, z.strictObject({ provides: z.string() }), z.literal("a")])],
    ["defaults inside unions", z.union([z.strictObject({ a: z.number().default(1) }), closed])],
    ["anything inside unions", z.union([z.strictObject({ a: z.unknown() }), z.object({ b: z.string() })])],
    ["numbers with bounds", z.number().int().min(0).max(1)],
    ["numbers below a bound", z.object({ a: z.number().gt(0).lt(1.5) })],
    ["texts with bounds and patterns", z.string().min(1).max(4).regex(/^a/)],
    ["texts of other formats", z.union([z.url(), z.string().startsWith("a"), z.string().trim()])],
    ["maps of numbers", z.record(z.string(), z.number())],
    ["maps with chosen keys", z.record(z.enum(["a", "b"]), z.unknown())],
    ["lists with bounds", z.array(z.string()).max(1)],
    [
      "what is refined or changed",
      z.object({ a: z.unknown().refine((a) => a === 1), b: z.string().transform(Number) }),
    ],
    ["open objects", z.looseObject({ a: z.number() })],
    ["objects that take more of a kind", z.object({ a: z.number() }).catchall(z.string())],
    ["null and nothing", z.object({ a: z.null().optional(), b: z.nullable(z.boolean()).optional() })],
  ];
  for (const [what, schema] of cases) {
    it(`is so for ${what}`, () => void agree(schema, fitsOf(schema), 2_000));
  }

  it("is what nearly all messages are: a call, as the SDK and the host write it", () => {
    const fits = fitsOf(pluginToHost.call.params);
    const _meta = { callId: "call-1", caller: "plugin:a", deadlineMs: 60_000, progressToken: 1, turn: undefined };
    const call = { to: { plugin: "bench-target" }, name: "echo", args: { a: [{ b: null }] }, detach: undefined, _meta };
    assert.ok(fits(call));
    assert.ok(fits({ ...call, action: "read", to: { provides: "llm.chat" } }));
    assert.ok(!fits({ ...call, args: undefined }), "a default has to be filled in");
    assert.ok(!fits({ ...call, extra: 1 }), "what is unknown has to be left out");
    assert.ok(!fits({ ...call, _meta: { ..._meta, extra: 1 } }));
    assert.ok(!fits({ ...call, to: { plugin: "a", provides: "b" } }));
    assert.ok(!fits({ ...call, args: new Map() }), "what is no plain object is for the schema to judge");
    assert.ok(!fits({ ...call, _meta: { ..._meta, deadlineMs: 0.5 } }));
  });

  it("is said of many values, or the rest would prove nothing", () => {
    assert.ok(agree(pluginToHost.call.params, fitsOf(pluginToHost.call.params), 3_000) > 100);
    const event = { seq: 1, type: "a.b", source: "host", timestamp: 1, data: null };
    assert.ok(fitsOf(hostToPlugin.deliver.params)({ subscription: "s", events: [event, event] }));
    assert.ok(!fitsOf(hostToPlugin.deliver.params)({ subscription: "s", events: Array(101).fill(event) }));
  });
});
