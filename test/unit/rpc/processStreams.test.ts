import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { FakeClock } from "../../../src/base/clock.ts";
import { deferred } from "../../../src/base/deferred.ts";
import { endingAfter, failingAfter, sinkOf, sourceOf } from "../../../src/node/streams.ts";
import { turns } from "./support.ts";

describe("the streams of a process", () => {
  const wait = 500;
  /** A stream of which the end, or the failure of writing, is told only after the process has gone. */
  const told = {
    "the end of its output": (stream: PassThrough, gone: Promise<unknown>, clock: FakeClock, tell: () => void) => {
      endingAfter(sourceOf(stream), gone, clock, wait).onEnd(tell);
      stream.resume().end();
    },
    "a write that failed": (stream: PassThrough, gone: Promise<unknown>, clock: FakeClock, tell: () => void) => {
      failingAfter(sinkOf(stream), gone, clock, wait).onError(tell);
      stream.destroy(new Error("EPIPE"));
    },
  };

  for (const [what, begin] of Object.entries(told)) {
    it(`tell of ${what} once its exit is known, which says more, and once only`, async () => {
      const clock = new FakeClock();
      const gone = deferred<void>();
      let times = 0;
      begin(new PassThrough(), gone.promise, clock, () => times++);
      await turns();
      assert.equal(times, 0);
      gone.resolve();
      await turns();
      assert.equal(times, 1);
      clock.advance(wait);
      assert.equal(times, 1);
    });

    it(`tell of ${what} half a second later where the process lives on`, async () => {
      const clock = new FakeClock();
      let times = 0;
      begin(new PassThrough(), new Promise(() => {}), clock, () => times++);
      await turns();
      clock.advance(wait - 1);
      assert.equal(times, 0);
      clock.advance(1);
      assert.equal(times, 1);
    });
  }

  it("tell nothing to who has stopped listening meanwhile", async () => {
    const gone = deferred<void>();
    const stream = new PassThrough();
    let times = 0;
    const listening = failingAfter(sinkOf(stream), gone.promise, new FakeClock(), wait).onError(() => times++);
    stream.destroy(new Error("EPIPE"));
    await turns();
    listening.dispose();
    gone.resolve();
    await turns();
    assert.equal(times, 0);
  });
});
