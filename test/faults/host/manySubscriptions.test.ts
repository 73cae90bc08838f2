import assert from "node:assert/strict";
import type { RealHost } from "../../support/realHost.ts";
import { putPackage } from "../../support/realHost.ts";
import { call, hosts } from "./rig.ts";

const rounds = 15;
const perRound = 300;
const atOnce = 10;
const why = "It is tried how long it takes.";

/** A host in which so many plugins run, each with so many subscriptions to topics that nobody publishes to. */
async function withListeners(
  open: ReturnType<typeof hosts>["open"],
  plugins: number,
  subscriptions: number,
): Promise<RealHost> {
  const names = Array.from({ length: plugins }, (_, index) => `listener-${index}`);
  const run = (...args: string[]) => ({ runtime: "node", entry: "./hearer.mjs", args });
  const real = await open({
    packages(folder) {
      for (const [index, name] of names.entries()) {
        const wants = [{ verb: "subscribe", target: "quiet.>", why }];
        putPackage(folder, name, { parley: { run: run(`p${index}`, String(subscriptions)), wants } });
      }
      const wants = [{ verb: "publish", target: "loud.*", why }];
      putPackage(folder, "speaker", { parley: { run: run("speaker", "0"), wants } });
    },
  });
  for (let first = 0; first < plugins; first += atOnce)
    await Promise.all(names.slice(first, first + atOnce).map((name) => call(real, name)));
  return real;
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

describe("many subscriptions that do not fit", function () {
  this.timeout(120_000);
  const { open, stopAll } = hosts();
  afterEach(stopAll);

  it("do not slow a publish: 100 plugins with 100 each against 10 in all, over real processes", async () => {
    const few = await withListeners(open, 1, 10);
    const many = await withListeners(open, 100, 100);
    const took = async (real: RealHost) =>
      ((await call(real, "speaker", { args: { publish: perRound } })) as { p50: number }).p50;
    for (const real of [few, many]) await took(real);
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // Who goes first changes, so that a busy moment hits both alike.
      const [one, other] = round % 2 === 0 ? [few, many] : [many, few];
      const first = await took(one);
      const second = await took(other);
      ratios.push(one === many ? first / second : second / first);
    }
    const ratio = medianOf(ratios);
    console.log(`      publish among 10,000 subscriptions against 10: p50 × ${ratio.toFixed(2)}`);
    assert.deepEqual(await call(many, "listener-99"), { heard: 0 });
    const known = many.host.bus.publish({ type: "quiet.p99.t99", source: "speaker", data: null });
    assert.equal(known.delivered, 1, "the subscriptions are there");
    assert.ok(ratio <= 1.2, `a publish took ${ratio.toFixed(2)} times as long`);
  });
});
