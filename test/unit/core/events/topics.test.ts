import assert from "node:assert/strict";
import fc from "fast-check";
import { TopicIndex } from "../../../../src/core/events/topicIndex.ts";
import { topicCovers, topicMatches, topicsOverlap } from "../../../../src/core/events/topics.ts";
import { topicPattern, topic as topicSchema } from "../../../../src/protocol/plugin/common.ts";

const token = fc.constantFrom("a", "b");
const topic = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join("."));
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant("*")), { maxLength: 4 }), fc.boolean())
  .filter(([tokens, rest]) => tokens.length > 0 || rest)
  .map(([tokens, rest]) => [...tokens, ...(rest ? [">"] : [])].join("."));

/** All topics of the tokens above and one other, up to longer than any pattern above: enough to tell every two patterns apart. */
function everyTopic(): string[] {
  const all: string[] = [];
  let last = [""];
  for (let length = 1; length <= 6; length++) {
    last = last.flatMap((start) => ["a", "b", "other"].map((next) => (start ? `${start}.${next}` : next)));
    all.push(...last);
  }
  return all;
}

describe("topics", () => {
  it("match by token, `*` for one and `>` for one or more", () => {
    const table: [pattern: string, topic: string, fits: boolean][] = [
      ["tool.callEnd", "tool.callEnd", true],
      ["tool.callEnd", "tool.callEnded", false],
      ["tool.*", "tool.callEnd", true],
      ["tool.*", "tool", false],
      ["tool.*", "tool.call.end", false],
      ["tool.>", "tool.call.end", true],
      ["tool.>", "tool", false],
      ["tool.>", "toolbox.a", false],
      [">", "tool", true],
      ["*.callEnd", "tool.callEnd", true],
      ["*.*.>", "a.b", false],
      ["*.*.>", "a.b.c", true],
      ["*", "a", true],
      ["*", "a.b", false],
    ];
    for (const [wanted, name, fits] of table) assert.equal(topicMatches(wanted, name), fits, `${wanted} on ${name}`);
  });

  it("generate what the schemas allow", () => {
    fc.assert(fc.property(pattern, (one) => topicPattern.safeParse(one).success));
    fc.assert(fc.property(topic, (one) => topicSchema.safeParse(one).success));
  });

  it("cover exactly where every topic of the one fits the other", () => {
    const topics = everyTopic();
    fc.assert(
      fc.property(pattern, pattern, (outer, inner) => {
        const subset = topics.filter((one) => topicMatches(inner, one)).every((one) => topicMatches(outer, one));
        assert.equal(topicCovers(outer, inner), subset, `${outer} over ${inner}`);
      }),
      { numRuns: 1_000 },
    );
  });

  it("overlap exactly where some topic fits both", () => {
    const topics = everyTopic();
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        const shared = topics.some((name) => topicMatches(one, name) && topicMatches(other, name));
        assert.equal(topicsOverlap(one, other), shared, `${one} and ${other}`);
        assert.equal(topicsOverlap(other, one), shared);
      }),
      { numRuns: 1_000 },
    );
  });

  it("cover what they match, and overlap what they cover", () => {
    fc.assert(
      fc.property(pattern, pattern, topic, (outer, inner, name) => {
        assert.equal(topicCovers(outer, name), topicMatches(outer, name));
        if (topicCovers(outer, inner)) assert.ok(topicsOverlap(outer, inner));
        if (topicCovers(outer, inner) && topicMatches(inner, name)) assert.ok(topicMatches(outer, name));
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("the topic index", () => {
  it("finds what matching one by one finds, also after some were taken back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(pattern, fc.boolean()), { maxLength: 20 }), topic, (patterns, name) => {
        const index = new TopicIndex<number>();
        assert.equal(index.has(name), false);
        const entries = patterns.map(([one], value) => index.add(one, value));
        assert.equal(index.has(name), index.match(name).length > 0);
        for (const [value, [, stays]] of patterns.entries()) if (!stays) entries[value]?.dispose();
        assert.equal(index.has(name), index.match(name).length > 0, "it is not remembered from before");
        const expected = patterns.flatMap(([one, stays], value) => (stays && topicMatches(one, name) ? [value] : []));
        assert.deepEqual(
          index.match(name).sort((x, y) => x - y),
          expected,
        );
        assert.equal(index.size, patterns.filter(([, stays]) => stays).length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("does not pay for patterns that do not fit", () => {
    const index = new TopicIndex<number>();
    for (let value = 0; value < 10_000; value++) index.add(`busy.topic${value}.>`, value);
    for (let value = 0; value < 10_000; value++) index.add(`root${value}.a`, value);
    const small = new TopicIndex<number>();
    small.add("busy.topic1.>", 1);
    const time = (one: TopicIndex<number>) => {
      const start = performance.now();
      for (let round = 0; round < 20_000; round++) one.match("busy.topic1.x");
      return performance.now() - start;
    };
    time(small);
    time(index);
    assert.deepEqual(index.match("busy.topic1.x"), [1]);
    // A scan of 20,000 patterns a look-up would take a thousand times as long.
    assert.ok(time(index) < 20 * time(small) + 50);
  });
});
