import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeClock } from "../../../../src/base/clock.ts";
import { Rates } from "../../../../src/core/rules/rates.ts";
import { rates as table } from "../../../../src/protocol/limits.ts";

describe("rates", () => {
  it("allow a burst, then say exactly when the next is allowed", () => {
    const clock = new FakeClock(0);
    const rates = new Rates({ clock });
    for (let sent = 0; sent < table.messages.burst; sent++) assert.equal(rates.take("a", "messages"), undefined);
    const wait = rates.take("a", "messages");
    assert.deepEqual(wait, { retryAfterMs: 6_000 });
    clock.advance(5_999);
    assert.ok(rates.take("a", "messages"));
    clock.advance(1);
    assert.equal(rates.take("a", "messages"), undefined);
    assert.ok(rates.take("a", "messages"));
  });

  it("do not save up beyond the burst", () => {
    const clock = new FakeClock(0);
    const rates = new Rates({ clock });
    rates.take("a", "wakes");
    clock.advance(3_600_000);
    for (let sent = 0; sent < table.wakes.burst; sent++) assert.equal(rates.take("a", "wakes"), undefined);
    assert.ok(rates.take("a", "wakes"));
  });

  it("count each plugin and kind alone", () => {
    const rates = new Rates({ clock: new FakeClock() });
    for (let sent = 0; sent < table.wakes.burst; sent++) rates.take("a", "wakes");
    assert.ok(rates.take("a", "wakes"));
    assert.equal(rates.take("b", "wakes"), undefined);
    assert.equal(rates.take("a", "messages"), undefined);
  });

  it("never let more through than burst and refill, and let everybody through who waits as told", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 100 }), (pauses) => {
        const clock = new FakeClock(0);
        const rates = new Rates({ clock, table: () => ({ perSecond: 2, burst: 3 }) });
        let allowed = 0;
        for (const pause of pauses) {
          clock.advance(pause);
          const wait = rates.take("a", "stateWrites");
          if (!wait) allowed++;
          else {
            clock.advance(wait.retryAfterMs);
            assert.equal(rates.take("a", "stateWrites"), undefined);
            allowed++;
          }
          assert.ok(allowed <= 3 + (clock.now() / 1_000) * 2 + 1e-6);
        }
      }),
    );
  });

  it("tell the plugin in an overloaded failure", () => {
    const rates = new Rates({ clock: new FakeClock(), table: () => ({ perSecond: 1, burst: 1 }) });
    rates.check("a", "logs", "log lines");
    assert.throws(() => rates.check("a", "logs", "log lines"), {
      kind: "overloaded",
      details: { retryAfterMs: 1_000, limit: "logs" },
    });
  });
});
