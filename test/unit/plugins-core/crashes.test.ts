import assert from "node:assert/strict";
import { toDisposable } from "../../../src/base/dispose.ts";
import { failureOf } from "../../support/failures.ts";
import { makeSupervisor, plugin, settle } from "./fakes.ts";

describe("the plugin supervisor", () => {
  let made: ReturnType<typeof makeSupervisor>;
  beforeEach(() => {
    made = makeSupervisor();
    made.supervisor.setInstalled([plugin("p"), plugin("hello")]);
  });

  it("starts a plugin that crashed after a pause, for those who wait and those who do not", async () => {
    const first = await made.run();
    let closed = 0;
    first.scope.add(toDisposable(() => closed++));
    made.last().exit({ code: null, signal: "SIGKILL" });
    await settle();
    assert.equal(closed, 1);
    assert.equal(made.view().process, "backoff");
    assert.equal(made.view().retryAt, 1_000_250);
    assert.match(made.view().problem ?? "", /was ended by SIGKILL/);
    const waiting = made.supervisor.ensureRunning("p");
    made.clock.advance(249);
    assert.equal(made.processes.length, 1);
    made.clock.advance(1);
    assert.equal(made.processes.length, 2);
    await settle();
    made.last().answer();
    assert.equal((await waiting).epoch, 2);
    assert.deepEqual([made.view().restarts, made.view().problem], [1, undefined]);
  });

  it("gives up after five crashes, until a person restarts it", async () => {
    const waiting = failureOf(made.supervisor.ensureRunning("p"));
    for (let crash = 0; crash < 5; crash++) {
      await settle();
      made.last().exit({ code: 1, stderr: "one\nboom\n" });
      await settle();
      made.clock.advance(60_000);
    }
    // A minute lies between two: only when they come closer is it too often.
    assert.equal(made.view().process, "starting");
    for (let crash = 0; crash < 5 && made.view().process !== "failed"; crash++) {
      await settle();
      made.last().exit({ code: 1, stderr: "one\nboom\n" });
      await settle();
      if (made.view().process === "backoff") made.clock.advance((made.view().retryAt ?? 0) - made.clock.now());
    }
    assert.equal(made.view().process, "failed");
    const failure = await waiting;
    assert.match(failure.message, /exited with code 1.*Its last words: boom\. It crashed/);
    assert.match(failure.todo ?? "", /restart it/);
    const count = made.processes.length;
    made.clock.advance(3_600_000);
    await failureOf(made.supervisor.ensureRunning("p"));
    assert.equal(made.processes.length, count);
    const restarted = made.supervisor.restart("p");
    await settle();
    made.last().answer();
    await restarted;
    assert.equal(made.view().process, "running");
  });

  it("does not restart after exit 0, unless somebody waits", async () => {
    await made.run();
    made.last().exit({ code: 0 });
    await settle();
    assert.deepEqual([made.view().process, made.view().problem], ["stopped", undefined]);
    await made.run();
    made.last().closing.resolve({ message: "gone", kind: "ended" });
    const waiting = made.supervisor.ensureRunning("p");
    await settle();
    made.last().exit({ code: 0 });
    await settle();
    made.last().answer();
    assert.equal((await waiting).epoch, 3);
  });

  it("never hands out a run whose channel has closed", async () => {
    const first = await made.run();
    first.peer.request("call", {}).catch(() => {});
    made.last().closing.resolve({ message: "gone", kind: "ended" });
    const waiting = made.supervisor.ensureRunning("p");
    await settle();
    assert.equal(made.supervisor.running("p"), undefined);
    made.last().exit({ code: null, signal: "SIGSEGV" });
    await settle();
    made.clock.advance(1_000);
    await settle();
    made.last().answer();
    assert.equal((await waiting).epoch, 2);
  });

  it("ends a process that lives on after its channel closed, and says so", async () => {
    await made.run();
    made.last().closing.resolve({ message: "gone", kind: "ended" });
    await settle();
    made.clock.advance(999);
    assert.equal(made.last().stops, 0);
    made.clock.advance(1);
    assert.deepEqual([made.last().stops, made.view().process], [1, "stopping"]);
    made.last().exit({ code: 0 });
    await settle();
    assert.equal(made.view().process, "backoff");
    assert.match(made.view().lastExit ?? "", /closed its channel and went on running/);
  });

  it("tells a broken channel apart", async () => {
    await made.run();
    made.last().closing.resolve({ message: "a message of 17 MiB", kind: "broken" });
    await settle();
    made.clock.advance(250);
    assert.equal(made.last().stops, 1);
    made.last().exit({ code: null, signal: "SIGTERM" });
    await settle();
    assert.match(made.view().lastExit ?? "", /Its channel broke: a message of 17 MiB/);
  });
});
