/** What a plugin hears first: `initialized`, however much waits for its subscriptions, over a real process. */
import assert from "node:assert/strict";
import { Puppet } from "../../support/puppet.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const wants = ["publish", "subscribe"].map((verb) => ({ verb, target: "told.>", why: "for the test" }));

describe("before it is told that its answer was accepted", () => {
  let teller: Puppet;
  let hearer: Puppet;
  let real: RealHost;

  beforeEach(async () => {
    teller = await Puppet.make("teller");
    hearer = await Puppet.make("hearer");
    real = await realHost({
      packages: (folder) => {
        teller.pack(folder, { wants });
        hearer.pack(folder, { wants, activation: ["onTopic:told.woke.>"] });
      },
    });
    await teller.start(real);
  });
  afterEach(async () => {
    await real.stop();
    teller.close();
    hearer.close();
  });

  /** The methods of what came to the one that hears, in order, once so many events came. */
  async function heard(events: number): Promise<(string | undefined)[]> {
    await until("it heard everything", () => {
      const all = hearer.came("deliver").flatMap(({ params }) => params?.events as unknown[]);
      return all.length >= events;
    });
    return hearer.received.map(({ method }) => method);
  }

  const tell = (topics: readonly string[], data: unknown, more: object = {}) =>
    teller.exchange(topics.map((topic) => ({ method: "publish", params: { topic, data, ...more } })));

  for (const whenSlow of ["dropOldest", "ack"] as const) {
    for (const [what, count, bytes] of [
      ["few that are large", 4, 100_000],
      ["many that are small", 250, 10],
    ] as const) {
      it(`hears nothing of the past, with ${whenSlow} and ${what}`, async () => {
        for (let from = 0; from < count; from += 50) {
          const some = Array.from({ length: Math.min(50, count - from) }, (_, at) => `told.t${from + at}`);
          await tell(some, "x".repeat(bytes), { latest: true });
        }
        hearer.declares = { subscriptions: [{ topic: "told.>", whenSlow }] };
        await hearer.start(real);
        const [first, second, ...others] = await heard(count);
        assert.deepEqual([first, second], ["initialize", "initialized"]);
        assert.deepEqual([...new Set(others)], ["deliver"]);
        assert.equal(
          hearer.came("deliver").every(({ id }) => (id !== undefined) === (whenSlow === "ack")),
          true,
        );
      });
    }
  }

  it("hears nothing of what it was started for", async () => {
    hearer.declares = { subscriptions: [{ topic: "told.>" }] };
    await tell(["told.woke.large"], "x".repeat(900_000));
    assert.deepEqual(await heard(1), ["initialize", "initialized", "deliver"]);
  });
});
