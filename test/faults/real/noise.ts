/** What comes out of a plugin beside messages, and what does not go into it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../src/base/failure.ts";
import { failureOf } from "../../support/failures.ts";
import { heapAfterGc } from "../../support/heap.ts";
import { processesNaming } from "../../support/processes.ts";
import { putPackage } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { assertWorks, call } from "../host/rig.ts";
import { type Figures, mib } from "./figures.ts";
import { hurriedClock } from "./hurry.ts";
import { faultRig, type WatchedHost } from "./rig.ts";

const MiB = 1024 * 1024;
const run = { runtime: "node", entry: "./noise.mjs" };

export function noise(figures: Figures): void {
  describe("that prints where it should speak", () => {
    const rig = faultRig(figures);
    const open = (clock = hurriedClock()) =>
      rig.open({ clock, packages: (folder) => putPackage(folder, "noisy", { parley: { run } }) });
    const strays = ({ host }: WatchedHost) => host.activity.logOf("noisy").filter((line) => line.includes("[stray]"));

    for (const { noise, what, log } of [
      { noise: "textBefore", what: "text before a message", log: /Warning: this is deprecated/ },
      { noise: "textBetween", what: "text between messages, without a line end", log: /debug: between/ },
      { noise: "binary", what: "256 KiB of random bytes", log: /./ },
      { noise: "tenMiBWithoutLineEnd", what: "10 MiB without a line end", log: /xxxx/ },
      { noise: "endlessHeader", what: "a header of 200 KiB", log: /X-Padding-0/ },
    ]) {
      it(`${what}: the answer behind it is understood, and the text is in its log, within bounds`, async () => {
        const real = await open();
        await real.host.supervisor.ensureRunning("noisy");
        const before = await heapAfterGc();
        assert.equal(await call(real, "noisy", { args: { noise } }), "done");
        await assertWorks(real, "noisy");
        assert.ok((await heapAfterGc()) - before < 8 * MiB);
        const { supervisor } = real.host;
        assert.equal(supervisor.running("noisy")?.epoch, 1, "its channel is whole");
        // Text without a line end is a line once there comes no more of it.
        await supervisor.stop("noisy");
        const lines = strays(real);
        assert.match(lines.join("\n"), log);
        assert.ok(lines.length <= 700 && lines.every((line) => line.length <= 8_300), `${lines.length} lines`);
      });
    }

    it("text inside a message: its call fails, and the messages behind it are understood", async () => {
      const real = await open();
      const { kind } = await failureOf(call(real, "noisy", { args: { noise: "textInside" }, timeoutMs: 1_000 }));
      assert.ok(["timeout", "internal"].includes(kind), kind);
      await assertWorks(real, "noisy");
      assert.equal(real.host.supervisor.running("noisy")?.epoch, 1);
    });

    it("a body that never comes: the channel is given up after its time, says why, and begins anew", async () => {
      const clock = hurriedClock();
      const real = await open(clock);
      await real.host.supervisor.ensureRunning("noisy");
      clock.hurry();
      const { kind, message } = await failureOf(
        call(real, "noisy", { args: { noise: "endlessBody" }, timeoutMs: 60_000 }),
      );
      assert.equal(kind, "unavailable");
      assert.match(message, /1000 bytes was announced, 11 came, then nothing/);
      await until("it is back", () => real.host.supervisor.running("noisy")?.epoch === 2);
      await assertWorks(real, "noisy");
    });

    it("a word instead of an answer: the call ends with its deadline", async () => {
      const real = await open();
      const { kind } = await failureOf(call(real, "noisy", { args: { noise: "oneStrayLine" }, timeoutMs: 300 }));
      assert.equal(kind, "timeout");
      await assertWorks(real, "noisy");
    });
  });

  describe("whose children outlive it", () => {
    const rig = faultRig(figures);

    for (const how of ["exits", "is killed"] as const) {
      it(`with its stdout in their hands, when it ${how}: its end is noticed within 1 s, and they are ended`, async () => {
        const real = await rig.open({ packages: (folder) => putPackage(folder, "parent", { fault: ["parent"] }) });
        const { pid } = await real.host.supervisor.ensureRunning("parent");
        assert.ok(pid);
        const grandchild = await until("its child runs", () =>
          Number(readFileSync(join(real.folder, "data", "parent", "grandchild"), "utf8")),
        );
        const alive = () => processesNaming(real.folder).some((one) => one.pid === grandchild);
        assert.ok(alive());
        const began = performance.now();
        if (how === "is killed") process.kill(pid, "SIGKILL");
        const { message } = await failureOf(call(real, "parent"));
        const took = Math.round(performance.now() - began);
        assert.match(message, how === "exits" ? /exited with code 3/ : /ended by SIGKILL|exited with code 3/);
        assert.ok(took < 1_000 || how === "is killed", `${took} ms`);
        await until("its child is gone", () => !alive(), { timeoutMs: 1_000 });
        rig.note(`noticed in ${took} ms`);
      });
    }
  });

  describe("that reads nothing any more", () => {
    const rig = faultRig(figures);

    it("while calls and events pour in: what waits is bounded, the rest is refused as overloaded, and all of it settles", async () => {
      const real = await rig.open({
        packages: (folder) =>
          putPackage(folder, "deaf", {
            parley: {
              run,
              subscriptions: [{ topic: "flood.>" }],
              wants: [{ verb: "subscribe", target: "flood.>", why: "to be flooded" }],
            },
          }),
      });
      const { host } = real;
      await call(real, "deaf", { args: { noise: "deaf" } });
      const before = await heapAfterGc();
      const outside = process.memoryUsage().external;
      const large = "x".repeat(2 * MiB);
      const kinds: Record<string, number> = {};
      const calls = Array.from({ length: 200 }, () =>
        call(real, "deaf", { args: { large }, timeoutMs: 60_000 }).catch((error: unknown) => {
          const kind = error instanceof Failure ? error.kind : String(error);
          kinds[kind] = (kinds[kind] ?? 0) + 1;
        }),
      );
      await until("what has no room is refused", () => (kinds.overloaded ?? 0) >= 200 - 64);
      for (let round = 0; round < 100; round++) {
        for (let n = 0; n < 1_000; n++)
          host.bus.publish({ type: "flood.drop", source: "tap", data: { n, more: "y".repeat(50) } });
        await new Promise((resolve) => setImmediate(resolve));
      }
      await real.store.readJournal({ limit: 1 });
      const growth = (await heapAfterGc()) - before + process.memoryUsage().external - outside;
      // 32 MiB wait to leave, of them 8 MiB events, and the calls that wait hold their arguments; some is in the pipe.
      assert.ok(growth < 64 * MiB, `${mib(growth)} MiB`);
      rig.note(`${kinds.overloaded} of 200 calls refused, ${mib(growth)} MiB while it is deaf`);
      const { pid, epoch } = await host.supervisor.ensureRunning("deaf");
      assert.equal(epoch, 1, "nobody ended it for being deaf");
      process.kill(pid ?? 0, "SIGKILL");
      await Promise.all(calls);
      assert.equal((kinds.overloaded ?? 0) + (kinds.unavailable ?? 0), 200, JSON.stringify(kinds));
      await until("it is back", () => host.supervisor.running("deaf")?.epoch === 2);
      await assertWorks(real, "deaf");
    });
  });

  describe("that asks for much at once", () => {
    const rig = faultRig(figures);

    it("40 calls of 4 MiB: 32 MiB are taken, the rest is refused as overloaded, and what the host holds is bounded", async () => {
      const real = await rig.open({
        packages: (folder) => {
          const wants = [{ verb: "call", target: "*", why: "to call the other" }];
          putPackage(folder, "noisy", { parley: { run, wants } });
          putPackage(folder, "silent", { fault: ["silentOnCall"] });
        },
      });
      await Promise.all(["noisy", "silent"].map((name) => real.host.supervisor.ensureRunning(name)));
      const before = await heapAfterGc();
      await call(real, "noisy", { args: { noise: "manyLarge" } });
      const codes = await until("the rest is refused", async () => {
        const told = (await call(real, "noisy", { args: { noise: "told" } })) as number[];
        return told.length >= 33 && told;
      });
      assert.deepEqual([...new Set(codes)], [-33001]);
      const growth = (await heapAfterGc()) - before;
      assert.equal(real.ledger.open.filter((one) => one === "noisy → host call").length, 40 - codes.length);
      assert.ok(growth < 64 * MiB, `${mib(growth)} MiB`);
      rig.note(`${codes.length} of 40 refused, ${mib(growth)} MiB held`);
      const { pid } = await real.host.supervisor.ensureRunning("silent");
      process.kill(pid ?? 0, "SIGKILL");
      await until("the others fail", async () => {
        const told = (await call(real, "noisy", { args: { noise: "told" } })) as number[];
        return told.filter((code) => code === -33005).length === 40 - codes.length;
      });
    });
  });
}
