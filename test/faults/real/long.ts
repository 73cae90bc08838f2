/** A million events through twenty plugins, and a million operations of all kinds; each in a host of its own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { SoakFigures } from "../../soak/soak.ts";
import { type Figures, mib } from "./figures.ts";
import type { MillionFigures } from "./million.ts";
import { figuresOf } from "./program.ts";

const MiB = 1024 * 1024;
const million = 1_000_000;
/** What the host's heap may be at all, garbage included: were what it keeps not bounded, it would end for lack of memory. */
const heapMiB = 192;

export function long(figures: Figures): void {
  describe("that work for a long time", () => {
    it("1,000,000 events through 20 of them, one stopped: the 19 get all, the stopped one the exact number that it lost", async function () {
      this.timeout(300_000);
      const program = join(import.meta.dirname, "million.ts");
      const { published, answers, healthy, healthyLost, share, stuck, open, ...measured } =
        await figuresOf<MillionFigures>(program, [String(million)], heapMiB);
      figures.add(
        "1,000,000 events, one of 20 stopped",
        Math.round(measured.ms),
        published,
        answers["publish ok"] ?? 0,
        20,
        open.length,
        mib(measured.heapGrowthBytes),
        `${Math.round(published / (measured.ms / 1_000))} events/s; stopped one: ${stuck.received} received, ${stuck.lost} lost; ` +
          `event loop p50 ${measured.p50Ms.toFixed(1)} p99 ${measured.p99Ms.toFixed(1)} max ${measured.maxMs.toFixed(1)} ms (goal p99 20)`,
      );
      assert.ok(published >= million);
      assert.deepEqual(answers, { "publish ok": published });
      // 1 + 2 + … + share twice over: the events of the warm-up and those that were counted are numbered through.
      const whole = { count: share, sum: (share * (share + 1)) / 2, ordered: true };
      assert.equal(healthy.length, 19);
      for (const { count, sum, ordered } of healthy) assert.deepEqual({ count, sum, ordered }, whole);
      assert.equal(healthyLost, 0);
      assert.ok(stuck.lost > 0);
      assert.equal(stuck.received + stuck.lost, stuck.addressed);
      assert.ok(measured.heapGrowthBytes <= 64 * MiB, `${mib(measured.heapGrowthBytes)} MiB`);
      assert.deepEqual(open, []);
    });

    it("1,000,000 calls, events and writes, with crashes and restarts between: nothing pending, and the heap is flat", async function () {
      this.timeout(600_000);
      const program = join(import.meta.dirname, "../../soak/soakCommand.ts");
      const soak = await figuresOf<SoakFigures & { faults: string[] }>(
        program,
        ["--json", "--operations", String(million)],
        heapMiB,
      );
      const { operations, ms, requests, samples, slopeBytesPer1000, crashes, restarts } = soak;
      const last = samples.at(-1);
      figures.add(
        "1,000,000 operations of all kinds",
        Math.round(ms),
        requests.started,
        requests.settled,
        6 + crashes + restarts,
        requests.open.length,
        mib((last?.heapBytes ?? 0) - (samples[0]?.heapBytes ?? 0)),
        `${Math.round(operations / (ms / 1_000))} operations/s; ${crashes} crashes, ${restarts} restarts; ` +
          `slope ${(slopeBytesPer1000 / 1024).toFixed(2)} KiB per 1,000; ${last?.descriptors} descriptors, ${last?.resources} resources`,
      );
      assert.deepEqual(soak.faults, []);
      assert.ok(operations >= million);
    });
  });
}
