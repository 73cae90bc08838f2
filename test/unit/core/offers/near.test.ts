import assert from "node:assert/strict";
import { didYouMean, nearNames } from "../../../../src/core/offers/near.ts";

describe("near names", () => {
  it("are those with few letters changed, nearest first, whatever the capitals", () => {
    assert.deepEqual(nearNames("Helo", ["hallo", "hello", "goodbye"]), ["hello", "hallo"]);
    assert.deepEqual(nearNames("hlelo", ["hello"]), ["hello"], "letters that changed places");
  });

  it("are those that contain the asked name or are contained in it", () => {
    assert.deepEqual(nearNames("search", ["repo.search", "repo.tree"]), ["repo.search"]);
    assert.deepEqual(nearNames("repoagent_Search_now", ["search"]), ["search"]);
  });

  it("are at most three, each once, in an order that does not depend on the list's", () => {
    assert.deepEqual(nearNames("aaaa", ["aaad", "aaac", "aaab", "aaae", "aaab"]), ["aaab", "aaac", "aaad"]);
  });

  it("of a short name are strict, and of a very long one cheap", () => {
    assert.deepEqual(nearNames("go", ["up", "do", "stop"]), ["do"]);
    const begun = performance.now();
    assert.deepEqual(nearNames("x".repeat(1_000_000), ["hello"]), []);
    assert.ok(performance.now() - begun < 500);
  });

  it("make a question, or nothing", () => {
    assert.equal(didYouMean(["a", "b"]), "Did you mean a or b?");
    assert.equal(didYouMean([]), "");
  });
});
