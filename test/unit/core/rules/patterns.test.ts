import assert from "node:assert/strict";
import fc from "fast-check";
import { globMatches, literalLength, pathMatches } from "../../../../src/core/rules/patterns.ts";

describe("patterns of rules", () => {
  it("match paths part by part", () => {
    const table: [pattern: string, path: string, fits: boolean][] = [
      ["hello/hello", "hello/hello", true],
      ["hello/hello", "hello/hello2", false],
      ["calculator/*", "calculator/calculate_via_hello", true],
      ["calculator/*", "calculator/deep.name", true],
      ["calculator/*", "calculator/a/b", false],
      ["calculator*", "calculator/add", false],
      ["*/*", "hello/hello", true],
      ["*/*", "tool", false],
      ["*", "hello/hello", true],
      ["repo.*/file.*", "repo.agent/file.read", true],
      ["*/file.*", "repoagent/tree", false],
      ["shared:*", "shared:team.notes", true],
      ["offer:*/*", "offer:hello/hello", true],
      ["conversation/*", "conversation/system", true],
    ];
    for (const [pattern, path, fits] of table) assert.equal(pathMatches(pattern, path), fits, `${pattern} on ${path}`);
  });

  it("agree with a regular expression, whatever the pattern", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "/"), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, candidate) => {
        const expression = glob
          .split("*")
          .map((part) => part.replaceAll(".", "\\."))
          .join(".*");
        assert.equal(globMatches(glob, candidate), new RegExp(`^${expression}$`, "s").test(candidate));
      }),
      { numRuns: 2_000 },
    );
  });

  it("do not take exponential time on a hostile pattern", () => {
    assert.equal(globMatches(`${"*a".repeat(120)}b`, "a".repeat(2_000)), false);
  });

  it("count their literal characters", () => {
    assert.equal(literalLength("calculator/*"), 11);
    assert.equal(literalLength("*.>"), 1);
  });
});
