import assert from "node:assert/strict";
import { headersOf } from "../../../src/vscode/headers.ts";

describe("headers that a person writes in one line", () => {
  it("are names and values, with commas between", () => {
    assert.deepEqual(headersOf("x-key=a b=c, Authorization=Bearer t"), { "x-key": "a b=c", Authorization: "Bearer t" });
    assert.deepEqual(headersOf("  "), {});
  });

  it("are none where a name or a value is none", () => {
    for (const text of ["x", "=x", "x=", "a b=c", "x=é", "x=a\nb=c", "ok=1, no"])
      assert.equal(headersOf(text), undefined, text);
  });
});
