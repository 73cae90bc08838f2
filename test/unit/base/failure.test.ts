import assert from "node:assert/strict";
import { asFailure, Failure } from "../../../src/base/failure.ts";

describe("the failure behind an error", () => {
  it("is cancelled for an abort without a reason of its own, and no fault of Parley", () => {
    const controller = new AbortController();
    controller.abort();
    const failure = asFailure(controller.signal.reason, "The call");
    assert.deepEqual(
      [failure.kind, failure.message, failure.todo],
      ["cancelled", "The call was cancelled.", undefined],
    );
    assert.equal(failure.cause, controller.signal.reason);
  });

  it("is itself, or a fault of Parley", () => {
    const own = new Failure("denied", "No.");
    assert.equal(asFailure(own, "The call"), own);
    assert.deepEqual(asFailure(new TypeError("x"), "The call").kind, "internal");
  });
});
