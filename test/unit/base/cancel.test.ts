import assert from "node:assert/strict";
import { abortSignalOf, Cancellation } from "../../../src/base/cancel.ts";

describe("a cancellation", () => {
  it("tells each listener once, in order, and those that left not at all", () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    const [a, b, c] = ["a", "b", "c"].map((name) => () => void heard.push(`${name} ${cancellation.reason}`));
    for (const listener of [a, b, c]) if (listener) cancellation.addEventListener("abort", listener);
    if (b) cancellation.removeEventListener("abort", b);
    assert.equal(cancellation.aborted, false);
    cancellation.abort("why");
    cancellation.abort("again");
    assert.deepEqual(heard, ["a why", "c why"]);
    assert.equal(cancellation.aborted, true);
    if (a) cancellation.addEventListener("abort", a);
    assert.equal(heard.length, 2, "who comes later asks `aborted`");
  });

  it("is a platform's signal for those who need one, before and after it happened", () => {
    const cancellation = new Cancellation();
    const before = abortSignalOf(cancellation);
    assert.equal(before, cancellation.signal);
    cancellation.abort("why");
    assert.deepEqual([before.aborted, before.reason], [true, "why"]);
    const late = new Cancellation();
    late.abort("why");
    assert.deepEqual([late.signal.aborted, late.signal.reason], [true, "why"]);
    const own = AbortSignal.abort("own");
    assert.equal(abortSignalOf(own), own);
    const foreign = { aborted: true, reason: "foreign", addEventListener() {}, removeEventListener() {} };
    assert.equal(abortSignalOf(foreign).reason, "foreign");
  });
});
