import assert from "node:assert/strict";
import fc from "fast-check";
import { Cancellation } from "../../../../src/base/cancel.ts";
import { ActiveCall } from "../../../../src/core/calls/activeCall.ts";
import type { CallRequest } from "../../../../src/core/calls/types.ts";

function call(parent?: ActiveCall, request: Partial<CallRequest> = {}): ActiveCall {
  const made = new ActiveCall({} as never, {} as never, request as CallRequest, parent);
  made.follow();
  return made;
}

describe("the calls inside a call", () => {
  it("are cancelled with it in the order in which they began, whichever of them ended before", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 40 }), (steps) => {
        const outer = call();
        let parts: ActiveCall[] = [];
        const over: ActiveCall[] = [];
        for (const [begins, which] of steps) {
          const ends = parts[which % Math.max(1, parts.length)];
          if (begins || !ends) parts.push(call(outer));
          else {
            ends.end();
            ends.end();
            over.push(ends);
            parts = parts.filter((part) => part !== ends);
          }
        }
        const inner = parts.map((part) => call(part));
        const heard: ActiveCall[] = [];
        for (const part of parts) part.cancellation.addEventListener("abort", () => heard.push(part));
        outer.cancellation.abort("why");
        assert.deepEqual(
          heard.map((part) => parts.indexOf(part)),
          parts.map((_, index) => index),
        );
        assert.deepEqual(
          over.filter(({ cancellation }) => cancellation.aborted),
          [],
        );
        for (const one of [...parts, ...inner]) assert.equal(one.cancellation.reason, "why");
      }),
    );
  });

  it("leave it alone: an inner cancel does not reach the outer call, nor one that has ended", () => {
    const outer = call();
    const [one, two] = [call(outer), call(outer)];
    one.cancellation.abort("one");
    one.end();
    two.end();
    outer.cancellation.abort("outer");
    assert.deepEqual([one.cancellation.reason, two.cancellation.reason], ["one", undefined]);
    assert.equal(call(outer).cancellation.reason, "outer", "who begins inside what was cancelled is so at once");
  });

  it("hear of whoever asked for them, and leave no listener there", () => {
    const asking = new Cancellation();
    let listeners = 0;
    const signal = {
      get aborted() {
        return asking.aborted;
      },
      get reason() {
        return asking.reason;
      },
      addEventListener(type: "abort", listener: () => void) {
        listeners++;
        asking.addEventListener(type, listener);
      },
      removeEventListener(type: "abort", listener: () => void) {
        listeners--;
        asking.removeEventListener(type, listener);
      },
    };
    const [over, on] = [call(undefined, { signal }), call(undefined, { signal })];
    over.end();
    assert.equal(listeners, 1);
    asking.abort("asked");
    assert.deepEqual([over.cancellation.reason, on.cancellation.reason], [undefined, "asked"]);
  });
});

describe("the listeners of a cancellation", () => {
  it("are told in order, however many come and go", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 20 }), (steps) => {
        const cancellation = new Cancellation();
        let expected: (() => void)[] = [];
        const heard: (() => void)[] = [];
        for (const [comes, which] of steps) {
          const leaves = expected[which % Math.max(1, expected.length)];
          if (comes || !leaves) {
            const listener = () => void heard.push(listener);
            expected.push(listener);
            cancellation.addEventListener("abort", listener);
          } else {
            expected = expected.filter((one) => one !== leaves);
            cancellation.removeEventListener("abort", leaves);
            cancellation.removeEventListener("abort", leaves);
          }
        }
        cancellation.abort("why");
        assert.equal(heard.length, expected.length);
        for (const [index, one] of expected.entries()) assert.equal(heard[index], one);
      }),
    );
  });
});
