/** The bounds of what one plugin may send, in their sizes as they are without settings, over a real process. */
import assert from "node:assert/strict";
import type { ModelEvent } from "../../../src/core/ports.ts";
import { limits, rates } from "../../../src/protocol/limits.ts";
import { Puppet } from "../../support/puppet.ts";
import type { RawMessage } from "../../support/rawEnd.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";

const wants = [
  ["publish", "a.>"],
  ["subscribe", "a.>"],
  ["intercept", "*"],
  ["message", "conversation/*"],
  ["wake", "conversation"],
].map(([verb, target]) => ({ verb, target, why: "for the test" }));

const overloaded = -33_001;
const tooLarge = -33_006;
const invalidRequest = -32_600;

describe("what one plugin may send", () => {
  let puppet: Puppet;
  let real: RealHost;

  beforeEach(async () => {
    puppet = await Puppet.make("sender");
    real = await realHost({
      packages: (folder) => puppet.pack(folder, { wants }),
      async *model(): AsyncIterable<ModelEvent> {},
    });
    await puppet.start(real);
  });
  afterEach(async () => {
    await real.stop();
    puppet.close();
  });

  const codeOf = ({ error }: RawMessage) => error?.code;

  /** Asks for the same until it is refused; answers how often it was taken, and the refusal. */
  async function takenOf(method: string, params: (at: number) => unknown, most: number) {
    for (let at = 0; at <= most; at++) {
      const answer = await puppet.request(method, params(at));
      if (answer.error) return { taken: at, error: answer.error };
    }
    return { taken: most + 1, error: undefined };
  }

  for (const [what, most, registration] of [
    ["offers", limits.offersPerRun, (at: number) => ({ offer: { name: `o${at}`, description: "x", action: "read" } })],
    ["subscriptions", limits.subscriptionsPerRun, (at: number) => ({ subscription: { topic: `a.t${at}` } })],
    ["intercepts", limits.interceptsPerRun, () => ({ intercept: { point: "turn" } })],
  ] as const) {
    it(`holds ${most} ${what} at a time: one more is overloaded, until one is taken back`, async () => {
      const { result } = await puppet.request("register", registration(most + 1));
      const { taken, error } = await takenOf("register", registration, most);
      assert.equal(taken, most - 1);
      assert.equal(error?.code, overloaded);
      assert.equal(error?.data?.limit, most);
      await puppet.request("unregister", result);
      assert.equal(codeOf(await puppet.request("register", registration(most))), undefined);
    });
  }

  it(`says ${limits.messageContentBytes} bytes in one message and not one more, counted as bytes`, async () => {
    const say = (content: string) => puppet.request("conversation/addMessage", { content });
    const half = limits.messageContentBytes / 2;
    assert.equal(codeOf(await say("é".repeat(half))), undefined);
    const refused = await say(`${"é".repeat(half)}x`);
    assert.equal(codeOf(refused), tooLarge);
    assert.equal(refused.error?.data?.limit, limits.messageContentBytes);
  });

  it(`nests ${limits.nesting} objects and lists and not one more, wherever they stand`, async () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    // The message and its params are two.
    for (const [depth, code] of [
      [limits.nesting - 2, undefined],
      [limits.nesting - 1, invalidRequest],
    ] as const) {
      puppet.send(
        `{"jsonrpc":"2.0","id":${depth},"method":"publish","params":{"topic":"a.deep","data":${nested(depth)}}}`,
      );
      assert.equal(codeOf(await puppet.answer(depth)), code, `${depth}`);
    }
  });

  for (const [what, method, params, rate] of [
    ["shown events", "publish", { topic: "a.shown", data: 1, show: true }, rates.shownEvents],
    ["telemetry", "publish", { topic: "self.telemetry", data: { cpu: 1 } }, rates.telemetry],
    ["waking messages", "conversation/addMessage", { content: "up", intent: "wake" }, rates.wakes],
  ] as const) {
    it(`sends ${rate.burst} ${what} at once, then hears when the next is taken`, async () => {
      const { taken, error } = await takenOf(method, () => params, rate.burst + 5);
      assert.ok(taken >= rate.burst && taken <= rate.burst + 1 + 5 * rate.perSecond, `${taken}`);
      assert.equal(error?.code, overloaded);
      const wait = Number(error?.data?.retryAfterMs);
      assert.ok(wait > 0 && wait <= 1_000 / rate.perSecond, `${wait}`);
    });
  }
});
