/** Starting and stopping, many times and many at once. */
import assert from "node:assert/strict";
import type { EventEmitter } from "node:events";
import { heapAfterGc } from "../../support/heap.ts";
import { openDescriptors } from "../../support/processes.ts";
import { putPackage, type RealHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { assertWorks } from "../host/rig.ts";
import { type Figures, mib } from "./figures.ts";
import { faultRig, orphansOf } from "./rig.ts";

const KiB = 1024;

/** What a process could gather without anybody seeing it. */
interface Holdings {
  readonly descriptors: number;
  /** Timers, pipes, sockets and processes, by their names. */
  readonly resources: Readonly<Record<string, number>>;
  readonly listeners: number;
  readonly heapBytes: number;
}

async function holdings(): Promise<Holdings> {
  const heapBytes = await heapAfterGc();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  return { descriptors: openDescriptors(), resources, listeners: listenersOf(process), heapBytes };
}

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

/** One round: all are started, and all stopped. */
async function round({ host }: RealHost, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => host.supervisor.start(name)));
  await Promise.all(names.map((name) => host.supervisor.stop(name)));
}

export function cycles(figures: Figures): void {
  describe("started and stopped", () => {
    const rig = faultRig(figures);

    it("200 times, with stubborn ones among them: handles, descriptors, listeners, timers and heap stay as they are", async function () {
      this.timeout(180_000);
      const polite = Array.from({ length: 9 }, (_, index) => `polite-${index}`);
      const real = await rig.open({
        guardian: true,
        packages: (folder) => {
          for (const name of polite) putPackage(folder, name);
          for (const name of ["stubborn-0", "stubborn-1"]) putPackage(folder, name, { fault: ["stubborn"] });
        },
      });
      const rounds = async (count: number) => {
        for (let n = 0; n < count; n++) await round(real, polite);
      };
      await Promise.all([rounds(3), round(real, ["stubborn-0", "stubborn-1"])]);
      const before = await holdings();
      const began = performance.now();
      const launched = real.ledger.launched;
      await rounds(10);
      const middle = await holdings();
      // The stubborn take the whole ladder, beside the polite.
      const stubborn = async () => {
        for (let n = 0; n < 3; n++) await round(real, ["stubborn-0", "stubborn-1"]);
      };
      await Promise.all([stubborn(), rounds(12)]);
      const ms = performance.now() - began;
      const starts = real.ledger.launched - launched;
      assert.ok(starts >= 200, `${starts} starts`);
      assert.equal(real.ledger.running, 0);
      assert.deepEqual(orphansOf(real), []);
      const after = await until("handles are let go", async () => {
        const now = await holdings();
        for (const [what, count] of counts(now)) {
          const most = Math.min(...[before, middle].map((then) => new Map(counts(then)).get(what) ?? 0));
          assert.ok(count <= most, `${what}: ${count}, and ${most} before`);
        }
        return now;
      });
      const kept = after.heapBytes - middle.heapBytes;
      // The activity keeps a line of each start and each stop, 500 in all.
      assert.ok(kept < 512 * KiB, `${Math.round(kept / KiB)} KiB for ${9 * 12 + 6} starts`);
      rig.note(
        `${starts} starts in ${(ms / 1_000).toFixed(1)} s; ${after.descriptors} descriptors, ` +
          `${Object.values(after.resources).reduce((sum, count) => sum + count, 0)} resources, ${after.listeners} listeners as before; ` +
          `heap ${mib(before.heapBytes)} → ${mib(middle.heapBytes)} → ${mib(after.heapBytes)} MiB`,
      );
    });

    it("20 at once: all work, and the time is told", async () => {
      const names = Array.from({ length: 20 }, (_, index) => `one-${index}`);
      const real = await rig.open({
        packages: (folder) => {
          for (const name of names) putPackage(folder, name);
        },
      });
      const began = performance.now();
      await Promise.all(names.map((name) => real.host.supervisor.ensureRunning(name)));
      const ms = Math.round(performance.now() - began);
      await Promise.all(names.map((name) => assertWorks(real, name)));
      rig.note(`20 plugins ready in ${ms} ms (goal 1,500)`);
    });
  });
}

/** What must not grow, by name. What merely happened to be under way at one moment is not there at the other. */
function counts({ descriptors, listeners, resources }: Holdings): [what: string, count: number][] {
  return [["descriptors", descriptors], ["listeners", listeners], ...Object.entries(resources)];
}
