/** Circles of events that lead over calls and intercepts, on raw frames: what a plugin leaves out the host knows. */
import assert from "node:assert/strict";
import { limits } from "../../../src/protocol/limits.ts";
import { unanswered } from "../../support/puppet.ts";
import { offered, startPuppets } from "../../support/puppets.ts";
import { metaOf, type RawMessage } from "../../support/rawEnd.ts";
import { until } from "../../support/until.ts";

interface Heard {
  readonly seq: number;
  readonly hops?: number;
}

describe("a circle of events", function () {
  this.timeout(60_000);

  /** `hears` calls an offer of `says` for each event; who publishes the next is `publishes`, as `prepare` has it. */
  async function circle(intercepted: boolean) {
    const publish = { topic: "round.and", data: 1 };
    const { puppets, stop } = await startPuppets(
      { hears: {}, says: { offers: [offered("go")] }, gate: {} },
      {
        prepare({ hears, gate }) {
          hears.declares = { subscriptions: [{ handle: "all", topic: "round.>" }] };
          if (intercepted) gate.declares = { intercepts: [{ handle: "calls", point: "call" }] };
        },
      },
    );
    const { hears, says, gate } = puppets;
    const published: RawMessage[] = [];
    says.answers.call = (_params, message) => {
      if (intercepted) return null;
      const { callId } = metaOf(message);
      void says.request("publish", { ...publish, _meta: { callId } }).then((answer) => {
        published.push(answer);
        says.answerTo(message, null);
      });
      return unanswered;
    };
    gate.answers.intercept = (_params, message) => {
      void gate.request("publish", { ...publish, _meta: metaOf(message) }).then((answer) => {
        published.push(answer);
        gate.answerTo(message, { decision: "allow" });
      });
      return unanswered;
    };
    const refused: RawMessage[] = [];
    const all: Heard[] = [];
    const go = (hops?: number) => ({ to: { plugin: "says" }, name: "go", args: {}, _meta: hops ? { hops } : {} });
    await hears.request("call", go());
    let heard = 0;
    await until("it has ended", async () => {
      const events = hears.came("deliver").flatMap(({ params }) => params?.events as Heard[]);
      for (; heard < events.length && heard < 50; heard++) {
        const event = events[heard] as Heard;
        all.push(event);
        const answer = await hears.request("call", go((event.hops ?? 0) + 1));
        if (answer.error) refused.push(answer);
      }
      return refused.length > 0 || heard >= 50;
    });
    await stop();
    return { all, refused, published };
  }

  function checkEnd({ all, refused, published }: Awaited<ReturnType<typeof circle>>): void {
    assert.deepEqual(
      all.map(({ hops }) => hops),
      [undefined, ...Array.from({ length: limits.eventHops }, (_, index) => index + 1)],
    );
    const [{ error } = {}] = refused;
    assert.deepEqual([error?.data?.kind, error?.data?.reason], ["callDepth", "tooDeep"]);
    assert.match(error?.message ?? "", /says\/go comes of 9 events/);
    assert.equal(published.filter((answer) => answer.error).length, 0);
  }

  it("that leads through a call ends at the call, and says so", async () => checkEnd(await circle(false)));
  it("that leads through an intercept of a call ends there too", async () => checkEnd(await circle(true)));
});
