import assert from "node:assert/strict";
import { oneLine, printable } from "../../../src/base/printable.ts";

describe("somebody else's text", () => {
  it("is shown without control characters and sequences of terminals; tabs stay", () => {
    assert.equal(printable("a\u001b[31mb\u001b[0m\u0007\tc\nd\u0085"), "ab\tcd");
  });

  it("in a line of ours is one line, read in the direction of ours", () => {
    assert.equal(oneLine("a\r\nb\u2028c\td\u202e\u2066e\u0000"), "a b c de");
  });
});
