import assert from "node:assert/strict";
import { Failure, type FailureKind } from "../../../src/base/failure.ts";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { fromWireError, toWireError } from "../../../src/rpc/mapping.ts";

describe("errors on the wire", () => {
  it("every kind has its code and comes back as the same kind", () => {
    for (const kind of Object.keys(errorCodes) as FailureKind[]) {
      const wire = toWireError(new Failure(kind, "what happened", { todo: "what to do", details: { rule: "r" } }));
      assert.equal(wire.code, errorCodes[kind]);
      const back = fromWireError(JSON.parse(JSON.stringify(wire)));
      assert.deepEqual(
        [back.kind, back.message, back.todo, back.details],
        [kind, "what happened", "what to do", { rule: "r", ...(kind === "overloaded" ? { retryAfterMs: 1_000 } : {}) }],
      );
    }
  });

  it("what is no failure becomes internal and leaves its text behind", () => {
    for (const thrown of [
      new Error("secret"),
      "secret",
      { message: "secret", code: 5 },
      undefined,
      new AggregateError([new Error("secret")]),
    ]) {
      const wire = toWireError(thrown);
      assert.equal(wire.code, errorCodes.internal);
      assert.ok(!JSON.stringify(wire).includes("secret"));
    }
  });

  it("overloaded always says when to try again, in the words of who refused where there are any", () => {
    const dataOf = (details?: Record<string, unknown>) =>
      toWireError(new Failure("overloaded", "Busy.", { details })).data;
    assert.deepEqual(dataOf(), { retryAfterMs: 1_000, kind: "overloaded" });
    assert.deepEqual(dataOf({ retryAfterMs: 5 }), { retryAfterMs: 5, kind: "overloaded" });
    for (const retryAfterMs of ["soon", -1, Number.POSITIVE_INFINITY, Number.NaN, null])
      assert.deepEqual(dataOf({ retryAfterMs }), { retryAfterMs: 1_000, kind: "overloaded" });
  });

  it("a failure's cause stays here, and details that JSON cannot carry are left out", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const failure = new Failure("conflict", "m", {
      cause: new Error("secret"),
      details: { cycle, big: 1n, run: () => 1, rev: 3, kind: "x" },
    });
    assert.deepEqual(toWireError(failure).data, { rev: 3, kind: "conflict" });
  });

  it("codes of others are internal with the code in the details; LSP's cancels are cancels", () => {
    const foreign = fromWireError({ code: -32000, message: "theirs", data: "text" });
    assert.deepEqual([foreign.kind, foreign.details], ["internal", { code: -32000 }]);
    assert.equal(fromWireError({ code: -32802, message: "" }).kind, "cancelled");
    assert.match(fromWireError({ code: -32603, message: "" }).message, /did not say why/);
  });

  it("texts are shortened and freed of control characters", () => {
    const long = fromWireError({ code: -32603, message: `a\u0000\u001b[31m\u009bb\n${"x".repeat(10_000)}` });
    assert.equal(long.message.length, 4_000);
    assert.ok(long.message.startsWith("a[31mb\nx"));
    assert.equal(toWireError(new Failure("denied", "x".repeat(10_000))).message.length, 4_000);
  });
});
