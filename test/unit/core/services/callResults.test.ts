import assert from "node:assert/strict";
import type { Contents } from "../../../../src/core/events/contents.ts";
import type { CallRecord } from "../../../../src/core/journal/records.ts";
import { CallResults } from "../../../../src/core/services/callResults.ts";

const limit = 4_096;
const record = { id: "call-1", caller: "plugin:a", plugin: "b", action: "read" } as CallRecord;

/** Values that grow with a number, in every way in which JSON makes text longer. */
const growing: Record<string, (size: number) => unknown> = {
  "a text": (size) => "x".repeat(size),
  "a text of two bytes a character": (size) => "é".repeat(size),
  "a text of pairs": (size) => "😀".repeat(size),
  "a text that is escaped": (size) => '\u0001"\n'.repeat(size),
  "a text with halves of characters": (size) => "\ud800".repeat(size),
  "a list of numbers": (size) => Array.from({ length: size }, (_, at) => at % 10),
  "a list of long numbers": (size) => Array.from({ length: size }, () => -Number.MAX_VALUE),
  "a list of lists": (size) => Array.from({ length: size }, () => []),
  fields: (size) => Object.fromEntries(Array.from({ length: size }, (_, at) => [`ü${at}`, at % 2 === 0])),
};

describe("the result of a call", () => {
  const results = new CallResults({
    contents: { share: () => "a reference" } as unknown as Contents,
    calls: () => ({ get: async () => undefined }),
  });
  const isWhole = (value: unknown) => results.bounded(record, value, limit) === value;
  const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

  for (const [what, make] of Object.entries(growing)) {
    it(`that is ${what} comes as a reference where its JSON takes one byte more than the limit`, () => {
      let size = 1;
      while (bytesOf(make(size + 1)) <= limit) size++;
      const fits = make(size);
      assert.equal(isWhole(fits), true);
      assert.equal(isWhole(make(size + 1)), false);
      // Filled up to the very byte, with what stands around the two.
      const room = limit - bytesOf([fits, ""]);
      if (room >= 0) assert.equal(isWhole([fits, "x".repeat(room)]), true);
      if (room >= -1) assert.equal(isWhole([fits, "x".repeat(room + 1)]), false);
    });
  }

  it("that is small or nothing comes as it is", () => {
    for (const value of [undefined, null, 0, true, "", {}, []]) assert.equal(isWhole(value), true);
  });
});
