import assert from "node:assert/strict";
import { randomIds } from "../../../src/base/ids.ts";
import { digitsOf, RandomDigits } from "../../../src/base/randomDigits.ts";

describe("random digits", () => {
  it("are the bytes that the platform gave, each used once, and more are asked for when they are used up", () => {
    let asked = 0;
    const random = new RandomDigits((bytes) => {
      asked++;
      for (let at = 0; at < bytes.length; at++) bytes[at] = at >> ((at & 3) === 3 ? 0 : 8);
    });
    const taken = Array.from({ length: 1_025 }, () => random.eight());
    assert.deepEqual(taken.slice(0, 2), ["00000003", "00000007"]);
    assert.deepEqual([taken[1_023], taken[1_024], asked], ["0f0f0fff", "00000003", 2]);
    assert.equal(digitsOf(1, 255, 256, 16), "01ff0010");
  });

  it("make ids that nobody has had before", () => {
    const ids = new Set(Array.from({ length: 20_000 }, () => randomIds.next("call")));
    assert.equal(ids.size, 20_000);
    for (const id of ids) assert.match(id, /^call-[0-9a-f]{24}$/);
  });
});
