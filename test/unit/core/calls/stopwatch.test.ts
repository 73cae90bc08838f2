import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { Deadlines } from "../../../../src/base/deadlines.ts";
import { Stopwatch } from "../../../../src/core/calls/stopwatch.ts";

describe("the time that a call may take", () => {
  const made = (idleMs: number, totalMs = Number.POSITIVE_INFINITY) => {
    const clock = new FakeClock();
    const state = { expired: 0, limit: "" };
    const watches: Stopwatch[] = [];
    const deadlines = new Deadlines<Stopwatch>(
      clock,
      () => watches,
      (due) => due.expire(),
    );
    const watch = new Stopwatch(clock, deadlines, { idleMs, totalMs }, (limit) => {
      state.expired++;
      state.limit = limit;
    });
    watches.push(watch);
    return { clock, state, watch };
  };

  it("ends once, after its limit", () => {
    const { clock, state, watch } = made(100);
    clock.advance(40);
    assert.equal(watch.left, 60);
    clock.advance(59);
    assert.equal(state.expired, 0);
    clock.advance(1_000);
    assert.equal(state.expired, 1);
    watch.progressed();
    watch.pause();
    watch.resume();
    clock.advance(1_000);
    assert.equal(state.expired, 1, "nothing starts it again");
  });

  it("begins anew with each progress", () => {
    const { clock, state, watch } = made(100);
    for (let count = 0; count < 10; count++) {
      clock.advance(90);
      watch.progressed();
    }
    assert.equal(state.expired, 0);
    clock.advance(100);
    assert.equal(state.expired, 1);
  });

  it("ends when all its time is up, however much progress there is", () => {
    const { clock, state, watch } = made(100, 250);
    clock.advance(90);
    watch.progressed();
    watch.pause();
    clock.advance(1_000);
    watch.progressed();
    watch.resume();
    clock.advance(90);
    watch.progressed();
    assert.deepEqual([watch.left, watch.totalLeft], [70, 70]);
    clock.advance(69);
    assert.equal(state.expired, 0);
    clock.advance(1);
    assert.deepEqual(state, { expired: 1, limit: "totalMs" });
  });

  it("stands still while it is paused, and pauses nest", () => {
    const { clock, state, watch } = made(100);
    clock.advance(70);
    watch.pause();
    watch.pause();
    clock.advance(10_000);
    watch.resume();
    clock.advance(10_000);
    assert.equal(watch.left, 30);
    watch.resume();
    clock.advance(29);
    assert.equal(state.expired, 0);
    clock.advance(1);
    assert.equal(state.expired, 1);
  });

  it("that progresses while it is paused has its whole limit when it goes on", () => {
    const { clock, state, watch } = made(100);
    clock.advance(70);
    watch.pause();
    watch.progressed();
    clock.advance(500);
    assert.equal(watch.left, 100);
    watch.resume();
    clock.advance(99);
    assert.equal(state.expired, 0);
    clock.advance(1);
    assert.equal(state.expired, 1);
  });

  it("without a limit never ends, and after dispose neither", () => {
    const endless = made(Number.POSITIVE_INFINITY);
    endless.clock.advance(1e9);
    assert.equal(endless.watch.left, Number.POSITIVE_INFINITY);
    assert.equal(endless.state.expired, 0);
    const disposed = made(10);
    disposed.watch.dispose();
    disposed.watch.progressed();
    disposed.clock.advance(100);
    assert.equal(disposed.state.expired, 0);
  });
});
