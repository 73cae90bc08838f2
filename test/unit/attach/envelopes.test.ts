import assert from "node:assert/strict";
import { Failure } from "../../../src/base/failure.ts";
import {
  errorText,
  failureOf,
  type RegisterEnvelope,
  readEnvelope,
  registerEnvelope,
  statedBy,
  targetOf,
} from "../../../src/node/attach/envelopes.ts";
import { initializeResult } from "../../../src/protocol/plugin/lifecycle.ts";

const read = (value: unknown, name = "goose") =>
  readEnvelope(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)), name);
const registered = (more: object = {}): RegisterEnvelope =>
  registerEnvelope.parse({ type: "register", plugin: "goose", port: 9_000, capabilities: ["goose.run"], ...more });

describe("the envelopes of a plugin bus", () => {
  it("make each capability an offer that provides it, writing unless it is known to read", () => {
    const stated = statedBy(registered({ capabilities: ["goose.run", "goose.status", "goose.run"] }));
    assert.deepEqual(
      stated.offers?.map(({ name, action, facets }) => [name, action, facets]),
      [
        ["goose.run", "write", { provides: "goose.run" }],
        ["goose.status", "read", { provides: "goose.status" }],
      ],
    );
    assert.ok(initializeResult.safeParse(stated).success);
  });

  it("take more about an offer from meta, but neither its name nor what it provides", () => {
    const meta = {
      version: "3",
      offers: {
        "goose.run": {
          name: "other",
          action: "delete",
          input: { type: "object" },
          facets: { agent: true, provides: "llm.chat" },
        },
      },
    };
    const stated = statedBy(registered({ meta, configSchema: { type: "object" } }));
    assert.deepEqual(stated.offers, [
      {
        name: "goose.run",
        description: "Provides goose.run.",
        action: "delete",
        input: { type: "object" },
        facets: { agent: true, provides: "goose.run" },
      },
    ]);
    assert.deepEqual([stated.plugin, stated.configSchema], [{ name: "goose", version: "3" }, { type: "object" }]);
  });

  it("are read with their fields and no other", () => {
    assert.deepEqual(read({ type: "health", plugin: "goose", status: "up", caller: "person" }), {
      type: "health",
      plugin: "goose",
      status: "up",
    });
    assert.deepEqual(
      read({ type: "request", requestId: 5, capability: "llm.chat", to: "x", _meta: { caller: "me" } }),
      {
        type: "request",
        requestId: 5,
        capability: "llm.chat",
      },
    );
    assert.deepEqual(read('{"type":"log","plugin":"x","plugin":"goose","level":"info","message":"m"}'), {
      type: "log",
      plugin: "goose",
      level: "info",
      message: "m",
    });
  });

  it("of another plugin are refused, whatever their kind", () => {
    for (const envelope of [
      { type: "health", status: "up" },
      { type: "log", level: "info", message: "m" },
      { type: "telemetry" },
      { type: "request", requestId: "1", capability: "a" },
      { type: "response", requestId: "1", success: true },
      { type: "register", port: 1, capabilities: [] },
    ]) {
      assert.throws(
        () => read({ ...envelope, plugin: "hello" }),
        (error: Failure) => error.kind === "denied",
      );
    }
  });

  it("that are none are refused with the field that is wrong", () => {
    const cases: [unknown, RegExp][] = [
      ["{", /not JSON/],
      [[], /JSON object/],
      [{ type: "health", plugin: "goose", status: "well" }, /status/],
      [{ type: "request", requestId: "", capability: "a" }, /requestId/],
      [{ type: "request", requestId: "1", capability: "a", payload: [] }, /payload/],
      [{ type: "response", requestId: "1" }, /success/],
      [{ type: "hello" }, /the type "hello"; a plugin sends register, health, request, response, log, telemetry\.$/],
      [{}, /it has no type; a plugin sends register/],
      ['{"type":"telemetry","plugin":"goose","__proto__":{"cpu":1}}', /__proto__/],
      ['{"type":"telemetry","plugin":"goose","\\u005f_proto__":1}', /__proto__/],
      [`{"type":"telemetry","plugin":"goose","a":${"[".repeat(300)}${"]".repeat(300)}}`, /nested deeper/],
    ];
    for (const [value, reason] of cases) assert.throws(() => read(value), reason);
  });

  it("go to whoever provides the capability, or to the offer that is named", () => {
    assert.deepEqual(targetOf("llm.chat"), { to: { provides: "llm.chat" }, name: "" });
    assert.deepEqual(targetOf("hello/greet"), { to: { plugin: "hello" }, name: "greet" });
  });

  it("carry failures in bounded words, and of our own faults none", () => {
    assert.equal(failureOf("no voice").message, "no voice");
    assert.equal(failureOf({ message: "inside" }).message, "inside");
    assert.equal(failureOf(undefined).message, "The plugin failed and did not say why.");
    assert.equal(failureOf("x".repeat(9_000)).message.length, 2_000);
    assert.equal(errorText(new Failure("denied", "No.", { todo: "Ask." })), "No. Ask.");
    assert.doesNotMatch(errorText(new Error("secret path")), /secret/);
  });
});
