/** What is published to be kept, over the channel. */
import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { rates } from "../../../src/protocol/limits.ts";
import type { PluginEvent } from "../../../src/protocol/plugin/events.ts";
import { type Puppets, startPuppets } from "../../support/puppets.ts";
import { until } from "../../support/until.ts";

const topic = "bell.rings";

describe("events that are kept", () => {
  let rig: Puppets<"talker" | "hearer">;
  beforeEach(async () => {
    rig = await startPuppets({ talker: {}, hearer: { activation: [`onTopic:${topic}`] } });
  });
  afterEach(() => rig.stop());

  const publish = (data: unknown, more = {}) => ({ method: "publish", params: { topic, data, ...more } });
  const heard = () => rig.puppets.hearer.came("deliver").flatMap(({ params }) => params?.events as PluginEvent[]);

  it("keep their place among what their publisher sends without waiting for answers", async () => {
    const { talker, hearer } = rig.puppets;
    await hearer.request("register", { subscription: { topic, whenSlow: "ack" } });
    const keep = [true, true, false, false, true, false, true, true, false];
    for (let round = 0; round < 5; round++) {
      const answers = await talker.exchange(keep.map((kept, n) => publish(round * keep.length + n, { keep: kept })));
      assert.ok(answers.every(({ result }) => (result as { eventId?: string } | undefined)?.eventId));
    }
    await until("all came", () => heard().length === keep.length * 5);
    const order = [...Array(keep.length * 5).keys()];
    assert.deepEqual(
      heard().map(({ data }) => data),
      order,
    );
  });

  it("that start a plugin are acknowledged by it, and come no more", async () => {
    const { talker, hearer } = rig.puppets;
    const { host } = rig.real;
    await host.supervisor.stop("hearer", { hold: false });
    hearer.declares = { subscriptions: [{ topic, whenSlow: "ack", handle: "s" }] };
    await talker.exchange([publish("before", { keep: true })]);
    await until("it came", () => heard().length === 1);
    assert.ok(
      hearer.came("deliver").every(({ id }) => id !== undefined),
      "as a request, which it acknowledges",
    );
    await until("it is gone", async () => !host.bus.waitsFor("hearer", topic));
  });

  it(`are at most ${rates.keptEvents.burst} at once and 50 a second of one plugin`, async () => {
    const { talker } = rig.puppets;
    const most = rates.keptEvents.burst + 100;
    const answers = [];
    for (let sent = 0; sent < most; sent += 50)
      answers.push(...(await talker.exchange([...Array(50).keys()].map((n) => publish(n, { keep: true })))));
    const refused = answers.flatMap(({ error }) => error ?? []);
    assert.ok(refused.length > 0);
    assert.ok(refused.every(({ code, data }) => code === errorCodes.overloaded && Number(data?.retryAfterMs) > 0));
  });
});
