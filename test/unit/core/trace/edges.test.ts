import assert from "node:assert/strict";
import fc from "fast-check";
import { Edges } from "../../../../src/core/trace/edges.ts";
import { Histogram } from "../../../../src/core/trace/histogram.ts";
import { metricsReport } from "../../../../src/core/trace/report.ts";

describe("a histogram of durations", () => {
  it("answers quantiles that are at most 4.5 % from what was counted", () => {
    const ms = fc.double({ min: 0.001, max: 3_600_000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(ms, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.95, 0.99, 1),
        (values, part) => {
          const histogram = new Histogram();
          for (const value of values) histogram.add(value);
          const exact = [...values].sort((a, b) => a - b)[Math.ceil(part * values.length) - 1] ?? 0;
          const told = histogram.quantile(part) ?? 0;
          assert.ok(Math.abs(told - exact) <= exact * 0.045, `${told} for ${exact}`);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("counts what is out of its range as its ends, and knows nothing of nothing", () => {
    const histogram = new Histogram();
    assert.equal(histogram.quantile(0.5), undefined);
    for (const value of [0, -1, 1e12, Number.POSITIVE_INFINITY]) histogram.add(value);
    assert.equal(histogram.count, 4);
    assert.equal(histogram.quantile(0.5), 0.001);
    assert.ok((histogram.quantile(1) ?? 0) > 3_600_000);
  });
});

describe("metrics of calls", () => {
  it("are kept for each edge: how many, how long, what failed, and what goes on", () => {
    const edges = new Edges();
    const first = edges.begun("plugin:a", "b/go");
    edges.begun("plugin:a", "b/go");
    edges.ended(first, 12);
    edges.ended(edges.begun("agent", "b/go"), 100, "timeout");
    const [busiest, other] = edges.list();
    assert.deepEqual([busiest?.caller, busiest?.count, busiest?.inFlight, busiest?.errors], ["plugin:a", 1, 1, {}]);
    assert.ok(Math.abs((busiest?.p50 ?? 0) - 12) < 0.6);
    assert.deepEqual([other?.caller, other?.errors], ["agent", { timeout: 1 }]);
  });

  it("are bounded, however many there are", () => {
    const edges = new Edges();
    for (let number = 0; number < 3_000; number++) edges.ended(edges.begun("agent", `p/${number}`), 1);
    const listed = edges.list();
    assert.equal(listed.length, 2_001);
    assert.deepEqual([listed[0]?.caller, listed[0]?.count], ["others", 1_000]);
  });

  it("can be read as a table", () => {
    const edges = new Edges();
    edges.ended(edges.begun("plugin:a", "b|c/go"), 0.25, "denied");
    const text = metricsReport(edges.list(), 0);
    assert.match(text, /\| plugin:a \| b\\\|c\/go \| 1 \| 0 \| denied 1 \| 0\.2\d\d \|/);
    assert.match(metricsReport([], 0), /Nothing has been called yet/);
  });
});
