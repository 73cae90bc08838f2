import assert from "node:assert/strict";
import { Questions } from "../../../../src/core/calls/questions.ts";
import type { CallRecord } from "../../../../src/core/journal/records.ts";

const record = (more: Partial<CallRecord> = {}) =>
  ({ plugin: "b", name: "go", action: "read", conversation: undefined, ...more }) as CallRecord;

describe("the question whether a call may be made", () => {
  it("is the same object for the same caller and offer, and says what any question says", () => {
    const questions = new Questions(() => "here");
    const one = questions.of(["plugin:a"], record());
    assert.equal(questions.of(["plugin:a"], record()), one);
    const { lasting, ...rest } = one;
    const scope = { conversation: undefined, workspace: "here" };
    assert.deepEqual(rest, { principals: ["plugin:a"], verb: "call", target: "b/go", action: "read", scope });
    assert.equal(lasting, true);
  });

  it("is another one for another caller, offer, action or workspace, and never kept for a chain or a conversation", () => {
    let workspace = "here";
    const questions = new Questions(() => workspace);
    const one = questions.of(["plugin:a"], record());
    const others = [
      questions.of(["plugin:c"], record()),
      questions.of(["plugin:a"], record({ plugin: "c" })),
      questions.of(["plugin:a"], record({ name: "stop" })),
      questions.of(["plugin:a"], record({ action: "write" })),
    ];
    for (const other of others) assert.notDeepEqual(other, one);
    workspace = "there";
    assert.equal(questions.of(["plugin:a"], record()).scope?.workspace, "there");
    for (const [principals, made] of [
      [["plugin:a", "person"], record()],
      [["plugin:a"], record({ conversation: "c" })],
    ] as const) {
      const question = questions.of(principals, made);
      assert.notEqual(questions.of(principals, made), question);
      assert.deepEqual([question.lasting, question.scope?.conversation], [undefined, made.conversation]);
    }
  });
});
