import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { WriteTrouble } from "../../../../src/core/journal/writeTrouble.ts";

describe("trouble with writing", () => {
  const full = new Failure("unavailable", "The disk is full.", { todo: "Free some space." });

  it("is said once, with what to do, and again when it lasts a minute or is another", () => {
    const clock = new FakeClock();
    const trouble = new WriteTrouble({ readOnly: undefined }, clock);
    const said: string[] = [];
    trouble.onTrouble((text) => said.push(text));
    for (let count = 0; count < 50; count++) trouble.note(full);
    assert.deepEqual(said, ["The disk is full. Free some space."]);
    trouble.note(new Failure("unavailable", "It is locked."));
    assert.deepEqual(said.slice(1), ["It is locked."]);
    trouble.note(new Failure("unavailable", "It is locked."));
    clock.advance(60_000);
    trouble.note(new Failure("unavailable", "It is locked."));
    assert.equal(said.length, 3);
  });

  it("is not said of a store that is read-only: it said so when it was opened", () => {
    const trouble = new WriteTrouble({ readOnly: "It is newer." }, new FakeClock());
    trouble.onTrouble(() => assert.fail("it was said"));
    trouble.note(full);
  });
});
