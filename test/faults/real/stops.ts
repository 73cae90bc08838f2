/** Processes that stop answering, and processes that leave by themselves. */
import assert from "node:assert/strict";
import { failureOf } from "../../support/failures.ts";
import { putPackage } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { assertWorks, call } from "../host/rig.ts";
import type { Figures } from "./figures.ts";
import { hurriedClock } from "./hurry.ts";
import { faultRig } from "./rig.ts";

export function stops(figures: Figures): void {
  describe("that answers no more", () => {
    const rig = faultRig(figures);

    it("stopped by SIGSTOP: calls end with their deadline, its health is degraded, and SIGCONT heals it", async () => {
      const clock = hurriedClock();
      const real = await rig.open({ clock, packages: (folder) => putPackage(folder, "frozen") });
      const { supervisor } = real.host;
      const { pid } = await supervisor.ensureRunning("frozen");
      assert.ok(pid);
      process.kill(pid, "SIGSTOP");
      const began = performance.now();
      await Promise.all(
        [200, 400, 800].map(async (timeoutMs) => {
          const { kind } = await failureOf(call(real, "frozen", { timeoutMs }));
          const took = performance.now() - began;
          assert.equal(kind, "timeout");
          assert.ok(took >= timeoutMs - 5 && took < timeoutMs + 2_000, `${took} ms for ${timeoutMs} ms`);
        }),
      );
      process.kill(pid, "SIGCONT");
      await assertWorks(real, "frozen");

      process.kill(pid, "SIGSTOP");
      clock.hurry();
      const health = (status: string) =>
        until(`it is ${status}`, () => supervisor.view("frozen")?.health?.status === status, { timeoutMs: 30_000 });
      // A host that is late itself blames nobody, and asks again.
      await health("degraded");
      assert.match(supervisor.view("frozen")?.health?.detail ?? "", /does not answer a ping/);
      process.kill(pid, "SIGCONT");
      await health("up");
      await assertWorks(real, "frozen");
      assert.equal(supervisor.running("frozen")?.pid, pid, "nobody ended it");
    }).timeout(90_000);

    it("stopped by SIGSTOP and told to stop: it is gone in less than 4 s", async () => {
      const real = await rig.open({ packages: (folder) => putPackage(folder, "frozen") });
      const { supervisor } = real.host;
      const { pid } = await supervisor.ensureRunning("frozen");
      assert.ok(pid);
      process.kill(pid, "SIGSTOP");
      const began = performance.now();
      await supervisor.stop("frozen");
      const took = Math.round(performance.now() - began);
      assert.ok(took < 4_000, `${took} ms`);
      assert.equal(supervisor.view("frozen")?.lastExit, "It was ended by SIGKILL.");
      rig.note(`stopped in ${took} ms`);
    });

    it("hanging in a handler, and not answering a cancel either: the call is over, and some time later the plugin is ended", async () => {
      const clock = hurriedClock();
      const real = await rig.open({
        clock,
        packages: (folder) => {
          putPackage(folder, "good");
          putPackage(folder, "hangs", {
            parley: { run: { runtime: "node", entry: "./silent.mjs", args: ["{}", "call"] } },
          });
        },
      });
      const { supervisor } = real.host;
      await supervisor.ensureRunning("hangs");
      clock.hurry();
      const controller = new AbortController();
      const others = Array.from({ length: 5 }, () => failureOf(call(real, "hangs")));
      const hanging = failureOf(call(real, "hangs", { signal: controller.signal }));
      // Its answer to what was sent after them says that it has read them.
      await call(real, "hangs", { args: { heard: true } });
      assert.equal(real.ledger.open.filter((one) => one === "host → hangs call").length, 6);
      controller.abort();
      await hanging;
      assert.equal(
        supervisor.running("hangs")?.epoch,
        1,
        "the call is over, and the plugin is given its time to answer",
      );
      for (const { kind, message } of await Promise.all(others)) {
        assert.equal(kind, "unavailable");
        assert.match(message, /did not answer "call" after it was cancelled/);
      }
      await until("it is back", () => supervisor.running("hangs")?.epoch === 2);
      await assertWorks(real, "hangs");
      await assertWorks(real);
    });
  });

  describe("that leaves by itself", () => {
    const rig = faultRig(figures);
    type Way = { code: number } | { signal: NodeJS.Signals };
    const ways: { way: Way; said: RegExp; early: "failed" | "backoff"; late: "stopped" | "failed" | "backoff" }[] = [
      { way: { code: 0 }, said: /exited with code 0/, early: "failed", late: "stopped" },
      { way: { code: 1 }, said: /exited with code 1/, early: "backoff", late: "backoff" },
      { way: { code: 78 }, said: /exited with code 78/, early: "failed", late: "failed" },
      { way: { signal: "SIGTERM" }, said: /ended by SIGTERM/, early: "backoff", late: "backoff" },
      { way: { signal: "SIGSEGV" }, said: /ended by SIGSEGV/, early: "backoff", late: "backoff" },
    ];
    for (const { way, said, early, late } of ways) {
      const [what, value] = Object.entries(way)[0] as [string, string | number];

      it(`with the ${what} ${value} before it answered initialize: ${early}, and the reason names it`, async () => {
        const fault = "code" in way ? ["exitsAtOnce", String(way.code)] : ["signalsItselfAtOnce", way.signal];
        const real = await rig.open({ packages: (folder) => putPackage(folder, "leaves", { fault }) });
        const { supervisor } = real.host;
        const seen = new Set<string | undefined>();
        supervisor.onDidChange(() => seen.add(supervisor.view("leaves")?.process));
        const waiting = failureOf(call(real, "leaves"));
        await until(`it is ${early}`, () => seen.has(early));
        assert.match(supervisor.view("leaves")?.lastExit ?? "", said);
        assert.match(supervisor.view("leaves")?.lastExit ?? "", /before it answered initialize/);
        if (early === "backoff") {
          await until("it is tried again", () => supervisor.view("leaves")?.epoch === 2);
          await supervisor.stop("leaves");
        } else assert.match((await waiting).message, said);
        assert.equal((await waiting).kind, "unavailable");
        if (early === "failed") {
          await failureOf(call(real, "leaves"));
          assert.equal(supervisor.view("leaves")?.epoch, 1, "a call does not start it over");
        }
      });

      it(`with the ${what} ${value} during a call: the call says so, then ${late}`, async () => {
        const real = await rig.open({ packages: (folder) => putPackage(folder, "leaves", { fault: ["exitsOnCall"] }) });
        const { supervisor } = real.host;
        const seen = new Set<string | undefined>();
        supervisor.onDidChange(() => seen.add(supervisor.view("leaves")?.process));
        const { kind, message } = await failureOf(call(real, "leaves", { args: way }));
        assert.equal(kind, "unavailable");
        assert.match(message, said);
        await until(`it is ${late}`, () => seen.has(late));
        assert.match(supervisor.view("leaves")?.lastExit ?? "", said);
        if (late === "failed") {
          await failureOf(call(real, "leaves", { args: way }));
          assert.equal(supervisor.view("leaves")?.epoch, 1, "a call does not start it over");
          return;
        }
        if (late === "backoff") await until("it is back", () => supervisor.running("leaves")?.epoch === 2);
        else assert.equal(supervisor.view("leaves")?.epoch, 1, "nobody wants it");
        assert.match((await failureOf(call(real, "leaves", { args: way }))).message, said);
        assert.equal(supervisor.view("leaves")?.epoch, 2, "a call has it again");
      });
    }
  });
}
