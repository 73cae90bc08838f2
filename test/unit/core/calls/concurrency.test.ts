import assert from "node:assert/strict";
import { Cancellation } from "../../../../src/base/cancel.ts";
import { Failure } from "../../../../src/base/failure.ts";
import type { ActiveCall } from "../../../../src/core/calls/activeCall.ts";
import { OfferPlaces } from "../../../../src/core/calls/offerPlaces.ts";
import { heapAfterGc } from "../../../support/heap.ts";

/** As much of a call in progress as places look at. */
function call(target: string, parent?: ActiveCall, caller = "person"): ActiveCall {
  const [plugin, name] = target.split("/");
  return { record: { plugin, name, caller }, cancellation: new Cancellation(), parent } as unknown as ActiveCall;
}

const ticks = async () => {
  for (let turn = 0; turn < 5; turn++) await undefined;
};

/** Whether a place is being waited for: neither taken at once nor refused. */
async function waits(turn: Promise<void> | undefined): Promise<boolean> {
  let over = turn === undefined;
  const end = () => {
    over = true;
  };
  turn?.then(end, end);
  await ticks();
  return !over;
}

describe("an offer with a concurrency", () => {
  it("is called by so many at a time; others wait in turn, one of each caller", async () => {
    const places = new OfferPlaces();
    const [first, second] = [call("a/do"), call("a/do")];
    assert.deepEqual([places.take(first, 2), places.take(second, 2)], [undefined, undefined]);
    const order: string[] = [];
    const wait = (name: string, caller: string) => {
      const waiting = call("a/do", undefined, caller);
      void places.take(waiting, 2)?.then(() => order.push(name));
      return waiting;
    };
    const [busy1, _busy2, quiet] = [wait("busy 1", "busy"), wait("busy 2", "busy"), wait("quiet", "quiet")];
    await ticks();
    assert.deepEqual(order, []);
    places.leave(first);
    places.leave(second);
    await ticks();
    assert.deepEqual(order, ["busy 1", "quiet"], "who waits with more does not go before who waits with one");
    places.leave(busy1);
    places.leave(quiet);
    await ticks();
    assert.deepEqual(order, ["busy 1", "quiet", "busy 2"]);
  });

  it("lets no more wait than fit, and says when to try again", async () => {
    const places = new OfferPlaces();
    places.take(call("a/do"), 1);
    const waiting = Array.from({ length: 64 }, () => places.take(call("a/do"), 1));
    assert.ok(waiting.every(Boolean));
    await assert.rejects(
      async () => await places.take(call("a/do"), 1),
      (error: unknown) =>
        error instanceof Failure && error.kind === "overloaded" && error.details?.retryAfterMs === 1_000,
    );
  });

  it("is left by who gives up waiting, and a place that is not held is not given back", async () => {
    const places = new OfferPlaces();
    const [holder, leaver, next] = [call("a/do"), call("a/do"), call("a/do")];
    places.take(holder, 1);
    const left = places.take(leaver, 1);
    const got = places.take(next, 1);
    leaver.cancellation.abort(new Failure("cancelled", "Not needed."));
    await assert.rejects(async () => await left, /Not needed/);
    places.leave(leaver);
    let here = false;
    void got?.then(() => {
      here = true;
    });
    await ticks();
    assert.equal(here, false);
    places.leave(holder);
    places.leave(holder);
    await ticks();
    assert.equal(here, true);
    assert.notEqual(places.take(call("a/do"), 1), undefined, "there is one place still");
  });

  it("refuses at once what would wait for itself, also over several offers, and nothing that would not", async () => {
    const places = new OfferPlaces();
    const [one, other] = [call("a/do"), call("b/do")];
    places.take(one, 1);
    places.take(other, 1);
    const oneInOther = call("a/do", call("c/do", other));
    const waiting = places.take(oneInOther, 1);
    assert.ok(await waits(waiting), "b waits for a, which is busy");
    const standstill = (error: unknown) => error instanceof Failure && error.details?.reason === "standstill";
    await assert.rejects(async () => await places.take(call("b/do", one), 1), standstill, "a would wait for b");
    assert.ok(await waits(places.take(call("b/do"), 1)), "who is in no chain may wait");
    places.leave(one);
    await waiting;
    const roomy = new OfferPlaces();
    const [a, b, free] = [call("a/do"), call("b/do"), call("b/do")];
    roomy.take(a, 1);
    roomy.take(b, 2);
    roomy.take(free, 2);
    assert.ok(await waits(roomy.take(call("a/do", b), 1)));
    assert.ok(await waits(roomy.take(call("b/do", a), 2)), "one of b's places is held by who waits for nobody");
  });

  it("does not take for waiting what called in the background", async () => {
    const places = new OfferPlaces();
    const [one, other] = [call("a/do"), call("b/do")];
    places.take(one, 1);
    places.take(other, 1);
    const behindOne = call("b/do", one);
    Object.assign(behindOne.record, { detached: true });
    const background = places.take(behindOne, 1);
    const inOther = places.take(call("a/do", other), 1);
    assert.deepEqual([await waits(background), await waits(inOther)], [true, true]);
    places.leave(one);
    await inOther;
  });

  it("is looked at in no time, however many calls wait for each other over however many offers", async () => {
    const places = new OfferPlaces();
    const layers = 30;
    const began = performance.now();
    for (let layer = layers; layer > 0; layer--)
      for (const side of ["left", "right"]) {
        const holder = call(`p${layer}/${side}`);
        assert.equal(places.take(holder, 1), undefined);
        if (layer === layers) continue;
        for (const wanted of ["left", "right"])
          assert.ok(await waits(places.take(call(`p${layer + 1}/${wanted}`, holder), 1)));
      }
    assert.ok(await waits(places.take(call("p1/left"), 1)), "the last ones go on, so nobody waits for ever");
    assert.ok(performance.now() - began < 1_000);
  });

  it("leaves nothing behind when its last call is over, whatever names come and go", async function () {
    this.timeout(30_000);
    const places = new OfferPlaces();
    const round = (first: number) => {
      for (let number = first; number < first + 40_000; number++) {
        const one = call(`p/offer-of-a-name-of-its-own-${number}`, undefined, `plugin:${number}`);
        places.take(one, 1);
        places.leave(one);
      }
    };
    round(0);
    const before = await heapAfterGc();
    round(40_000);
    assert.ok((await heapAfterGc()) - before < 2 * 1024 * 1024);
    const [first, second] = [call("p/again"), call("p/again")];
    assert.equal(places.take(first, 1), undefined);
    const turn = places.take(second, 1);
    assert.ok(await waits(turn), "one that is in progress is not forgotten");
    places.leave(first);
    await turn;
  });
});
