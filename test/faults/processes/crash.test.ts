import assert from "node:assert/strict";
import { join } from "node:path";
import type { RunSpec } from "../../../src/protocol/manifest.ts";
import { failureOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { exists, installed, leftIn, makeRig, type Rig } from "./rig.ts";

describe("a plugin that dies", () => {
  let rig: Rig;
  beforeEach(() => {
    rig = makeRig();
  });
  afterEach(() => rig.close());

  const call = (name: string, args: object, epoch?: number) => {
    const run = rig.supervisor.running(name);
    assert.ok(run, `${name} runs`);
    if (epoch !== undefined) assert.equal(run.epoch, epoch);
    return run.peer.request("call", { to: { plugin: name }, name: "x", args: { ...args } });
  };

  it("killed in mid-call, fails the call clearly and is back within 2 s", async () => {
    rig.supervisor.setInstalled([installed(rig, "victim", ["silentOnCall"])]);
    const first = await rig.supervisor.ensureRunning("victim");
    let closed = 0;
    first.scope.add({ dispose: () => closed++ });
    const failed = failureOf(call("victim", {}));
    assert.ok(first.pid);
    const killedAt = Date.now();
    process.kill(first.pid, "SIGKILL");
    const failure = await failed;
    assert.equal(failure.kind, "unavailable");
    const second = await rig.supervisor.ensureRunning("victim");
    assert.ok(Date.now() - killedAt < 2_000, `${Date.now() - killedAt} ms`);
    assert.equal(second.epoch, 2);
    assert.notEqual(second.pid, first.pid);
    assert.equal(closed, 1, "what belonged to the run was closed");
    const view = rig.supervisor.view("victim");
    assert.equal(view?.restarts, 1);
    assert.equal(view?.lastExit, "It was ended by SIGKILL.");
    assert.equal(view?.problem, undefined);
  });

  it("killed while starting, is started again for whoever waits", async () => {
    rig.supervisor.setInstalled([installed(rig, "slow", ["mute"])]);
    const waiting = rig.supervisor.ensureRunning("slow", AbortSignal.timeout(5_000));
    const pid = await until("it starts", () => rig.supervisor.view("slow")?.pid);
    process.kill(pid, "SIGKILL");
    await until("it starts again", () => rig.supervisor.view("slow")?.epoch === 2);
    assert.match(rig.supervisor.view("slow")?.lastExit ?? "", /was ended by SIGKILL before it answered initialize/);
    await rig.supervisor.stop("slow");
    const failure = await failureOf(waiting);
    assert.equal(failure.kind, "unavailable");
    assert.match(failure.message, /stopped by you/);
  });

  it("killed while stopping, is stopped", async () => {
    rig.supervisor.setInstalled([installed(rig, "stubborn", ["stubborn"])]);
    const { pid } = await rig.supervisor.ensureRunning("stubborn");
    assert.ok(pid);
    const stopped = rig.supervisor.stop("stubborn");
    assert.equal(rig.supervisor.view("stubborn")?.process, "stopping");
    process.kill(pid, "SIGKILL");
    await stopped;
    assert.equal(rig.supervisor.view("stubborn")?.process, "stopped");
    assert.equal(rig.supervisor.view("stubborn")?.restarts, 0);
  });

  it("exiting with 1 again and again, fails after the fifth time and says why", async () => {
    rig.supervisor.setInstalled([installed(rig, "hopeless", ["exitsAtOnce", "1"])]);
    const failure = await failureOf(rig.supervisor.ensureRunning("hopeless"));
    assert.equal(failure.kind, "unavailable");
    assert.match(failure.message, /exited with code 1 before it answered initialize/);
    assert.match(failure.message, /I do not like it here/);
    assert.match(failure.message, /crashed 5 times/);
    assert.ok(failure.todo);
    const view = rig.supervisor.view("hopeless");
    assert.equal(view?.process, "failed");
    assert.equal(view?.epoch, 5);
    const again = await failureOf(rig.supervisor.ensureRunning("hopeless"));
    assert.match(again.message, /crashed 5 times/);
    assert.equal(rig.supervisor.view("hopeless")?.epoch, 5, "a call does not start it over");
  });

  for (const code of [0, 78]) {
    it(`exiting with ${code} at once, is not started again until a person does`, async () => {
      rig.supervisor.setInstalled([installed(rig, "gone", ["exitsAtOnce", String(code)])]);
      const failure = await failureOf(rig.supervisor.ensureRunning("gone"));
      assert.match(failure.message, new RegExp(`exited with code ${code}`));
      assert.equal(rig.supervisor.view("gone")?.process, "failed");
      assert.equal(rig.supervisor.view("gone")?.epoch, 1);
      await failureOf(rig.supervisor.restart("gone"));
      assert.equal(rig.supervisor.view("gone")?.epoch, 2);
    });
  }

  it("exiting with 0 after it ran, rests until it is called again", async () => {
    rig.supervisor.setInstalled([installed(rig, "brief", ["exitsOnCall"])]);
    await rig.supervisor.ensureRunning("brief");
    await failureOf(call("brief", { code: 0 }));
    await until("it rests", () => rig.supervisor.view("brief")?.process === "stopped");
    assert.equal((await rig.supervisor.ensureRunning("brief")).epoch, 2);
    await failureOf(call("brief", { code: 0 }));
    assert.equal((await rig.supervisor.ensureRunning("brief")).epoch, 3, "a call that comes while it leaves");
    await failureOf(call("brief", { code: 78 }));
    await until("it failed", () => rig.supervisor.view("brief")?.process === "failed");
    assert.match(rig.supervisor.view("brief")?.problem ?? "", /exited with code 78 \(its configuration cannot work\)/);
  });

  it("leaving a child that holds its stdout, is not waited for, and the child is ended", async () => {
    const plugin = installed(rig, "parent", ["parent"]);
    rig.supervisor.setInstalled([plugin]);
    await rig.supervisor.ensureRunning("parent");
    const { readFileSync } = await import("node:fs");
    const child = Number(readFileSync(`${plugin.dataDir}/grandchild`, "utf8"));
    assert.ok(await exists(child));
    const failed = failureOf(call("parent", {}));
    assert.match((await failed).message, /exited with code 3|closed the channel/);
    await until("the grandchild is gone", async () => !(await exists(child)), { timeoutMs: 2_000 });
    assert.equal((await rig.supervisor.ensureRunning("parent", AbortSignal.timeout(2_000))).epoch, 2);
  });

  it("whose folder is gone when it is to be started, says that and not that a program is missing", async () => {
    const root = join(rig.folder, "gone");
    const runs: RunSpec[] = [
      { runtime: "node", entry: "./main.mjs" },
      { runtime: "command", command: "node" },
    ];
    rig.supervisor.setInstalled(runs.map((run, at) => ({ ...installed(rig, `p${at}`, run), root })));
    for (const name of ["p0", "p1"]) {
      const { message } = await failureOf(rig.supervisor.ensureRunning(name));
      assert.match(message, /its folder .*gone is not there any more/);
    }
  });

  it("that cannot be started at all, says what to do", async () => {
    rig.supervisor.setInstalled([
      installed(rig, "missing", { runtime: "node", entry: "./nowhere.mjs" }),
      installed(rig, "program", { runtime: "command", command: "no-such-program-anywhere" }),
      installed(rig, "outside", { runtime: "command", command: "./../../tools/check.mjs" }),
    ]);
    const missing = await failureOf(rig.supervisor.ensureRunning("missing"));
    assert.match(missing.message, /"\.\/nowhere\.mjs" does not exist/);
    const program = await failureOf(rig.supervisor.ensureRunning("program"));
    assert.match(program.message, /no program "no-such-program-anywhere" on the PATH/);
    const outside = await failureOf(rig.supervisor.ensureRunning("outside"));
    assert.match(outside.message, /leads out of the plugin's folder/);
    assert.deepEqual(
      rig.supervisor.list().map((view) => [view.process, view.epoch]),
      [
        ["failed", 1],
        ["failed", 1],
        ["failed", 1],
      ],
    );
    assert.deepEqual(await leftIn(rig.runs), []);
  });
});
