import assert from "node:assert/strict";
import { Cancellation } from "../../../../src/base/cancel.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { FairTurns } from "../../../../src/core/calls/fairTurns.ts";

const never = new Cancellation();

/** Takes places and notes who got one, in order. */
function desk() {
  const turns = new FairTurns();
  const went: string[] = [];
  const refused: unknown[] = [];
  const take = (caller: string, cancel = never) => {
    const waits = turns.take("target", caller, cancel);
    if (!waits) went.push(caller);
    else
      waits.then(
        () => went.push(caller),
        (error) => refused.push(error),
      );
  };
  const times = (count: number, run: () => void) => {
    for (let index = 0; index < count; index++) run();
  };
  return { turns, went, refused, take, times };
}

/** Lets all that is queued in microtasks happen. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("turns at a plugin that many call", () => {
  it("are there at once for a caller beside another who takes all that it may have", () => {
    const { went, take, times } = desk();
    times(100, () => take("busy"));
    assert.equal(went.length, 48);
    take("other");
    assert.deepEqual(went.slice(48), ["other"]);
  });

  it("go round the callers once the plugin has enough to do", async () => {
    const { turns, went, take, times } = desk();
    times(60, () => take("busy"));
    times(20, () => take("second"));
    assert.equal(went.length, 60, "48 of the one and 12 of the other");
    take("third");
    times(3, () => turns.leave("target", "busy"));
    await settle();
    assert.deepEqual(went.slice(60), ["busy", "second", "third"]);
    times(4, () => turns.leave("target", "busy"));
    await settle();
    assert.deepEqual(went.slice(63), ["busy", "second", "busy", "second"]);
  });

  it("are passed on by who was cancelled while waiting", async () => {
    const { turns, went, refused, take, times } = desk();
    times(48, () => take("busy"));
    const cancel = new Cancellation();
    take("busy", cancel);
    take("busy");
    cancel.abort("not wanted");
    await settle();
    assert.deepEqual(refused, ["not wanted"]);
    turns.leave("target", "busy");
    turns.leave("target", "busy");
    await settle();
    assert.equal(went.length, 49);
    take("busy");
    assert.equal(went.length, 50, "nobody waits any more");
  });

  it("are refused to a caller for whom too many wait, and to nobody else", async () => {
    const { went, refused, take, times } = desk();
    times(48 + 64, () => take("busy"));
    await settle();
    assert.equal(refused.length, 0);
    take("busy");
    take("other");
    await settle();
    const [failure] = refused;
    assert.ok(failure instanceof Failure && failure.kind === "overloaded" && failure.details?.retryAfterMs === 1_000);
    assert.equal(went.at(-1), "other");
  });
});
