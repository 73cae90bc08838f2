import assert from "node:assert/strict";
import { flawsOfSchema, resolveConfig } from "../../../../src/core/config/resolve.ts";
import { coerce, fieldsOf, withDefaults } from "../../../../src/core/config/schema.ts";
import type { ValidatorPort } from "../../../../src/core/ports.ts";
import { createValidator } from "../../../../src/node/validator.ts";

const schema = {
  type: "object",
  required: ["address", "token"],
  additionalProperties: false,
  properties: {
    address: { type: "string", pattern: "^https?://" },
    token: { type: "string", minLength: 4, "x-secret": true },
    retries: { type: "integer", minimum: 0, default: 3 },
    proxy: { type: "object", properties: { port: { type: "integer", default: 8080 } }, "x-restart": true },
  },
};

describe("a plugin's settings", () => {
  let validator: ValidatorPort;
  before(async () => {
    validator = await createValidator();
  });
  const resolve = (written: Record<string, unknown>, more: Partial<Parameters<typeof resolveConfig>[0]> = {}) =>
    resolveConfig({ schema, written, secrets: {}, before: undefined, ...more }, validator);

  it("are filled with the schema's defaults and coerced", () => {
    const written = { address: "https://a.example", retries: "5", proxy: {} };
    const { values, errors, missing } = resolve(written, { secrets: { token: "s3cret" } });
    assert.deepEqual(values, { address: "https://a.example", token: "s3cret", retries: 5, proxy: { port: 8080 } });
    assert.deepEqual([errors, missing], [[], []]);
  });

  it("name what is required and missing", () => {
    assert.deepEqual(resolve({}).missing, ["address", "token"]);
    assert.deepEqual(resolve({ address: "https://a.example" }).missing, ["token"]);
  });

  it("keep the old value in the place of a wrong one, and say what is wrong", () => {
    const before = { address: "https://a.example", token: "s3cret", retries: 7 };
    const { values, errors } = resolve({ address: "ftp://b", retries: -1 }, { secrets: { token: "s3cret" }, before });
    assert.deepEqual(values, before);
    assert.deepEqual(
      errors.map(({ field }) => field),
      ["address", "retries"],
    );
    assert.match(errors[1]?.message ?? "", /"retries" must be >= 0/);
  });

  it("take the default in the place of a wrong value when nothing was in force", () => {
    const { values, errors } = resolve({ address: "https://a", retries: "many" }, { secrets: { token: "s3cret" } });
    assert.equal(values.retries, 3);
    assert.match(errors[0]?.message ?? "", /"retries" must be of the type integer/);
  });

  it("take no secret from the settings, and quote none in what they say", () => {
    const { values, errors, missing } = resolve(
      { address: "https://a", token: "in the open" },
      { secrets: { token: "abc" } },
    );
    assert.deepEqual([values.token, missing], [undefined, ["token"]]);
    assert.match(errors.map(({ message }) => message).join(), /Set Plugin Secret/);
    assert.doesNotMatch(JSON.stringify(errors), /abc|in the open/);
    const alone = resolve({ address: "https://a", token: "in the open" });
    assert.deepEqual([alone.values.token, alone.missing], [undefined, ["token"]]);
  });

  it("refuse a setting that the plugin does not have", () => {
    const { values, errors } = resolve({ address: "https://a", colour: "red" }, { secrets: { token: "s3cret" } });
    assert.equal(Object.hasOwn(values, "colour"), false);
    assert.deepEqual(errors, [{ field: "colour", message: "is no setting of this plugin" }]);
  });

  it("stay as they were where they do not fit together", () => {
    const both = {
      type: "object",
      properties: { low: { type: "integer" }, high: { type: "integer" } },
      anyOf: [{ properties: { low: { maximum: 5 } } }, { properties: { high: { minimum: 10 } } }],
    };
    const before = { low: 1, high: 2 };
    const { values, errors } = resolve({ low: 6, high: 7 }, { schema: both, before });
    assert.deepEqual(values, before);
    assert.deepEqual(
      errors.map(({ field }) => field),
      [""],
    );
  });

  it("do not take again what the plugin itself refused", () => {
    const refused = new Map([["retries", { value: "9", message: "is more than the server allows" }]]);
    const more = { secrets: { token: "s3cret" }, before: { retries: 2 }, refused };
    const { values, errors } = resolve({ address: "https://a", retries: 9 }, more);
    assert.equal(values.retries, 2);
    assert.deepEqual(errors, [{ field: "retries", message: "is more than the server allows" }]);
    assert.equal(resolve({ address: "https://a", retries: 8 }, more).values.retries, 8);
  });

  it("are taken as they are where the plugin states no schema", () => {
    assert.deepEqual(resolve({ anything: [1] }, { schema: undefined }).values, { anything: [1] });
  });

  it("know which are secrets and which need a restart, also inside", () => {
    const inner = { type: "object", properties: { key: { type: "string", "x-secret": true } } };
    const fields = fieldsOf({ properties: { ...schema.properties, account: inner } });
    assert.deepEqual(
      fields.filter(({ secret }) => secret).map(({ name }) => name),
      ["token", "account"],
    );
    assert.deepEqual(
      fields.filter(({ restart }) => restart).map(({ name }) => name),
      ["proxy"],
    );
  });

  it("coerce only what is beyond doubt", () => {
    const cases: [Record<string, unknown>, unknown, unknown][] = [
      [{ type: "number" }, " 1.5 ", 1.5],
      [{ type: "number" }, "", ""],
      [{ type: "integer" }, "0x", "0x"],
      [{ type: "boolean" }, "false", false],
      [{ type: "boolean" }, "no", "no"],
      [{ type: "string" }, 5, "5"],
      [{ type: "array", items: { type: "integer" } }, ["1", 2], [1, 2]],
      [{ type: "object", properties: { a: { type: "integer" } } }, '{"a":"4"}', { a: 4 }],
      [{ type: "object" }, "{broken", "{broken"],
      [{}, "1", "1"],
    ];
    for (const [own, value, expected] of cases)
      assert.deepEqual(coerce(own, value), expected, JSON.stringify([own, value]));
  });

  it("share no default with the schema that states it", () => {
    const own = { type: "array", default: [1] };
    (withDefaults(own, undefined) as number[]).push(2);
    assert.deepEqual(own.default, [1]);
  });

  it("have a schema whose own flaws are named, with the setting and what to correct", () => {
    const flawsOf = (properties: Record<string, unknown>, more: object = {}) =>
      flawsOfSchema({ type: "object", properties, ...more }, validator);
    const cases: [Record<string, unknown>, RegExp][] = [
      [
        { a: { $ref: "https://elsewhere.example/a.json" } },
        /^is not checked \(.*\): correct "properties\.a" of the schema/,
      ],
      [{ a: { type: 5 } }, /^is not checked \(.*\): correct "properties\.a" of the schema/],
      [
        { a: { type: "integer", default: "many" } },
        /default.*must be of the type integer\): correct the default in "properties\.a"/,
      ],
      [
        { a: { type: "object", properties: { b: { type: "string", default: 5 } }, default: {} } },
        /"a\.b" must be of the type string/,
      ],
    ];
    for (const [properties, message] of cases) {
      const flaws = flawsOf({ ...properties, sound: { type: "integer", default: 1 } });
      assert.deepEqual(
        flaws.map(({ field }) => field),
        ["a"],
        JSON.stringify(properties),
      );
      assert.match(flaws[0]?.message ?? "", message);
    }
    assert.deepEqual(flawsOf({ a: { $ref: "#/$defs/a", default: 1 } }, { $defs: { a: { type: "integer" } } }), []);
    assert.match(flawsOf({ a: {} }, { allOf: 5 })[0]?.message ?? "", /not usable: .*: correct the schema/);
    const secret = flawsOf({ a: { const: "hush-hush", default: "hash", "x-secret": true } });
    assert.doesNotMatch(JSON.stringify(secret), /hush|hash/);
    const two = flawsOf({ a: { type: "string", default: 1 }, b: { type: 5 }, c: { type: "integer", default: "x" } });
    assert.deepEqual(
      two.map(({ field }) => field),
      ["a", "b", "c"],
    );
    assert.deepEqual(flawsOfSchema(undefined, validator), []);
  });
});
