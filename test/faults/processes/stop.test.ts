import assert from "node:assert/strict";
import { exists, installed, leftIn, makeRig, type Rig } from "./rig.ts";

describe("stopping", () => {
  let rig: Rig;
  beforeEach(() => {
    rig = makeRig({ guardian: true });
  });
  afterEach(() => rig.close());

  it("a plugin that behaves takes a moment, and it leaves by itself", async () => {
    rig.supervisor.setInstalled([installed(rig, "p")]);
    const { pid } = await rig.supervisor.ensureRunning("p");
    const begun = performance.now();
    await rig.supervisor.stop("p");
    assert.ok(performance.now() - begun < 1_000);
    assert.ok(pid && !(await exists(pid)));
    assert.match(rig.supervisor.view("p")?.lastExit ?? "", /exited with code 0/);
  });

  it("plugins that ignore everything takes less than 4 s, for all together", async () => {
    const names = ["a", "b", "c", "d"];
    rig.supervisor.setInstalled(names.map((name) => installed(rig, name, ["stubborn"])));
    const runs = await Promise.all(names.map((name) => rig.supervisor.ensureRunning(name)));
    const begun = performance.now();
    await rig.supervisor.stopAll();
    const took = performance.now() - begun;
    assert.ok(took > 2_500 && took < 4_000, `${Math.round(took)} ms`);
    for (const { pid } of runs) assert.ok(pid && !(await exists(pid)));
    for (const name of names) assert.equal(rig.supervisor.view(name)?.lastExit, "It was ended by SIGKILL.");
    await assert.rejects(rig.supervisor.ensureRunning("a"), /the window closes/);
  });

  it("in the middle of a start ends the start", async () => {
    rig.supervisor.setInstalled([installed(rig, "p", ["mute"])]);
    const waiting = assert.rejects(rig.supervisor.ensureRunning("p"), /stopped by you/);
    await rig.supervisor.stop("p");
    await waiting;
    assert.equal(rig.supervisor.view("p")?.process, "stopped");
  });

  it("and starting 50 times leaves nothing: no process, no file, no listener", async () => {
    const before = await descendants();
    rig.supervisor.setInstalled([installed(rig, "a"), installed(rig, "b")]);
    const pids = new Set<number>();
    for (let round = 0; round < 25; round++) {
      const runs = await Promise.all(["a", "b"].map((name) => rig.supervisor.start(name)));
      for (const { pid } of runs) pids.add(pid ?? 0);
      await Promise.all(["a", "b"].map((name) => rig.supervisor.stop(name)));
    }
    assert.equal(pids.size, 50);
    for (const pid of pids) assert.ok(!(await exists(pid)));
    assert.deepEqual(await leftIn(rig.runs), []);
    const guardian = rig.launcher.guardianPid;
    const after = (await descendants()).filter((pid) => pid !== guardian && !before.includes(pid));
    assert.deepEqual(after, []);
  }).timeout(60_000);
});

/** The process ids of this process's children. */
async function descendants(): Promise<number[]> {
  const { readFile } = await import("node:fs/promises");
  const text = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}
