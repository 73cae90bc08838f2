import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import type { LifecycleEvent } from "../../../src/core/plugins/run.ts";
import { until } from "../../support/until.ts";
import { exists, installed, makeRig, type Rig } from "./rig.ts";

/** A clock on which a second takes 50 ms. */
function quickClock(): Clock {
  const begun = systemClock.now();
  return {
    now: () => begun + (systemClock.now() - begun) * 20,
    after: (milliseconds, run) => systemClock.after(milliseconds / 20, run),
  };
}

describe("a plugin's process", () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const view = () => rig.supervisor.view("p");
  const call = (peer: { request(method: string, params: object): Promise<unknown> }, args = {}) =>
    peer.request("call", { to: { plugin: "p" }, name: "x", args });

  it("finishes what it works on when its package is updated, and is then started anew", async () => {
    rig = makeRig();
    const events: LifecycleEvent[] = [];
    rig.supervisor.onLifecycle((event) => events.push(event));
    rig.supervisor.setInstalled([installed(rig, "p", ["answersLater"])]);
    const { peer, pid } = await rig.supervisor.ensureRunning("p");
    const file = join(rig.folder, "go");
    const answer = call(peer, { file });
    rig.supervisor.setInstalled([{ ...installed(rig, "p", ["answersLater"]), version: "1.1.0" }]);
    const next = rig.supervisor.ensureRunning("p");
    assert.equal(view()?.updating, true);
    assert.ok(pid && (await exists(pid)));
    writeFileSync(file, "");
    assert.equal(await answer, "done");
    const renewed = await next;
    assert.equal(renewed.epoch, 2);
    assert.equal(await call(renewed.peer, { file }), "done");
    assert.ok(!(await exists(pid)));
    assert.ok(events.some(({ type, reason = "" }) => type === "deactivated" && /updated to 1\.1\.0/.test(reason)));
    assert.equal(view()?.problem, undefined);
  });

  it("that does not finish in time is ended for the update, and who waits is told why", async () => {
    rig = makeRig({ clock: quickClock() });
    rig.supervisor.setInstalled([installed(rig, "p", ["silentOnCall"])]);
    const { peer } = await rig.supervisor.ensureRunning("p");
    const answer = assert.rejects(call(peer), /"p" was updated to 1\.1\.0 and is started anew/);
    rig.supervisor.setInstalled([{ ...installed(rig, "p", ["silentOnCall"]), version: "1.1.0" }]);
    await answer;
    await until("the new one runs", () => view()?.epoch === 2 && view()?.process === "running");
  });

  it("that nobody uses is stopped, and the next use starts it again", async () => {
    rig = makeRig({ idleAfterMs: () => 200 });
    rig.supervisor.setInstalled([installed(rig, "p")]);
    const { pid } = await rig.supervisor.ensureRunning("p");
    await until("it has stopped", () => view()?.process === "stopped");
    assert.ok(pid && !(await exists(pid)));
    assert.equal(view()?.problem, undefined);
    assert.equal((await rig.supervisor.ensureRunning("p")).epoch, 2);
  });

  describe("that is halted by SIGSTOP", () => {
    async function halted(): Promise<number> {
      rig = makeRig({ clock: quickClock() });
      rig.supervisor.setInstalled([installed(rig, "p")]);
      const { pid = 0 } = await rig.supervisor.ensureRunning("p");
      process.kill(pid, "SIGSTOP");
      await until("it is seen not to answer", () => view()?.health?.unanswered);
      assert.equal(view()?.health?.status, "degraded");
      assert.equal(view()?.process, "running", "it is not ended for that");
      return pid;
    }

    it("is degraded, and a person can restart it", async () => {
      const pid = await halted();
      const { epoch } = await rig.supervisor.restart("p");
      assert.equal(epoch, 2);
      assert.deepEqual(view()?.health, { status: "up" });
      assert.ok(!(await exists(pid)));
    });

    it("can be stopped in less than 4 s", async () => {
      const pid = await halted();
      const begun = performance.now();
      await rig.supervisor.stop("p");
      assert.ok(performance.now() - begun < 4_000);
      assert.ok(!(await exists(pid)));
    });

    it("is well again once it goes on", async () => {
      const pid = await halted();
      process.kill(pid, "SIGCONT");
      await until("it answers again", () => view()?.health?.status === "up");
    });
  });
});
