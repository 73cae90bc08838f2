import assert from "node:assert/strict";
import { isPassing, PassedCalls } from "../../../../src/core/calls/passed.ts";
import type { CallRecord } from "../../../../src/core/journal/records.ts";

describe("a call in passing", () => {
  it("is a plugin's that reads, waits for the answer, and belongs to no conversation", () => {
    assert.equal(isPassing(record("a")), true);
    const others: Partial<CallRecord>[] = [
      { action: "write" },
      { detached: true },
      { conversation: "c" },
      { caller: "agent" },
      { caller: "person" },
    ];
    for (const other of others) assert.equal(isPassing({ ...record("a"), ...other }), false, JSON.stringify(other));
  });

  it("is remembered without what was sent and answered, the latest thousand of them", () => {
    const passed = new PassedCalls();
    for (let index = 0; index <= 1_000; index++) passed.add(record(`call-${index}`));
    assert.equal(passed.get("call-0"), undefined);
    const { args, result, status, rule } = passed.get("call-1") ?? assert.fail("it is forgotten");
    assert.deepEqual({ args, result, status, rule }, { args: {}, result: undefined, status: "succeeded", rule: "r" });
  });
});

function record(id: string): CallRecord {
  return {
    id,
    caller: "plugin:a",
    plugin: "b",
    name: "go",
    title: "go",
    action: "read",
    detached: false,
    args: { secret: 1 },
    status: "succeeded",
    startedAt: 1,
    rule: "r",
    result: { secret: 2 },
  };
}
