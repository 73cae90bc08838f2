import assert from "node:assert/strict";
import type { LifecycleEvent } from "../../../src/core/plugins/run.ts";
import { failureOf } from "../../support/failures.ts";
import { makeSupervisor, plugin, settle } from "./fakes.ts";

describe("the plugin supervisor", () => {
  let made: ReturnType<typeof makeSupervisor>;
  beforeEach(() => {
    made = makeSupervisor();
    made.supervisor.setInstalled([plugin("p"), plugin("hello")]);
  });

  it("starts nothing by itself, and one process for all who wait", async () => {
    assert.equal(made.processes.length, 0);
    const waiting = [
      made.supervisor.ensureRunning("p"),
      made.supervisor.ensureRunning("p"),
      made.supervisor.start("p"),
    ];
    await settle();
    assert.equal(made.processes.length, 1);
    assert.equal(made.view().process, "starting");
    assert.equal(made.supervisor.running("p"), undefined);
    made.last().answer();
    const runs = await Promise.all(waiting);
    assert.ok(runs.every((one) => one === runs[0]));
    assert.equal(made.supervisor.running("p"), runs[0]);
    assert.equal(await made.supervisor.ensureRunning("p"), runs[0]);
    assert.deepEqual(
      [made.view().process, made.view().epoch, made.view().pid, made.view().version, made.view().health],
      ["running", 1, 100, "2.0.0", { status: "up" }],
    );
  });

  it("says hello in order: initialize, attach, initialized", async () => {
    const order: string[] = [];
    made = makeSupervisor({
      attach: (_, result) => {
        order.push(`attach ${result.plugin.name}`, ...made.last().sent.map((one) => one.method));
      },
    });
    made.supervisor.setInstalled([plugin("p")]);
    await made.run();
    assert.deepEqual(order, ["attach p", "initialize"]);
    const [initialize, initialized] = made.last().sent;
    assert.equal(initialized?.method, "initialized");
    assert.deepEqual(initialize?.params.plugin, {
      id: "p",
      name: "p",
      version: "1.0.0",
      root: "/plugins/p",
      dataDir: "/data/p",
      runDir: "/runs/x",
    });
    assert.equal(initialize?.params.epoch, 1);
    assert.equal(initialize?.params.protocolVersion, 1);
  });

  it("hands messages to the run's own handler, and none before it is attached", async () => {
    made = makeSupervisor({ messageHandler: (own) => (method) => `${method} of ${own.plugin}#${own.epoch}` });
    made.supervisor.setInstalled([plugin("p")]);
    const running = made.supervisor.ensureRunning("p");
    await settle();
    const signal = new AbortController().signal;
    assert.throws(() => made.last().onMessage("publish", {}, signal, () => {}), /came before "initialized"/);
    made.last().answer();
    await running;
    assert.equal(
      made.last().onMessage("publish", {}, signal, () => {}),
      "publish of p#1",
    );
  });

  it("knows no other plugins, but near names", async () => {
    const failure = await failureOf(made.supervisor.ensureRunning("helo"));
    assert.equal(failure.kind, "notFound");
    assert.deepEqual(failure.details?.near, ["hello"]);
    assert.match(failure.todo ?? "", /Did you mean hello/);
    assert.deepEqual((await failureOf(made.supervisor.stop("zzzzz"))).details?.near, []);
  });

  it("tells why a plugin may not run, in the order of what a person can do about it", async () => {
    let trusted = false;
    made = makeSupervisor({
      ineligible: () =>
        trusted ? undefined : { reason: "untrusted", text: "The folder is not trusted.", todo: "Trust it." },
    });
    made.supervisor.setDisabled("off", true);
    made.supervisor.setInstalled([
      plugin("p"),
      plugin("p", { source: "user", root: "/user/p", shadowedBy: "/plugins/p" }),
      plugin("bad", { problem: "plugin.json is not JSON.", parley: undefined }),
      plugin("standard", { parley: undefined }),
      plugin("off"),
    ]);
    const reasons = made.supervisor
      .list()
      .map(({ name, eligibility }) => [name, eligibility.ok ? "ok" : eligibility.reason]);
    assert.deepEqual(reasons, [
      ["p", "untrusted"],
      ["bad", "broken"],
      ["standard", "nothingToRun"],
      ["off", "disabled"],
      ["p", "shadowed"],
    ]);
    const failure = await failureOf(made.supervisor.ensureRunning("p"));
    assert.deepEqual(
      [failure.kind, failure.message, failure.todo],
      ["unavailable", "The folder is not trusted.", "Trust it."],
    );
    assert.equal(made.view().problem, "The folder is not trusted. Trust it.");
    trusted = true;
    made.supervisor.reconsider();
    await made.run();
    trusted = false;
    made.supervisor.reconsider();
    assert.equal(made.view().process, "stopping");
    made.last().exit();
    await settle();
    assert.equal(made.view().process, "stopped");
  });

  it("stops waiting when the signal says so, and says what it waited for", async () => {
    const cancel = new AbortController();
    const starting = failureOf(made.supervisor.ensureRunning("p", cancel.signal));
    await settle();
    cancel.abort();
    assert.equal((await starting).kind, "cancelled");
    assert.equal(made.view().process, "starting", "the start goes on for others");
    made.last().exit({ code: 3 });
    await settle();
    const late = new AbortController();
    const pausing = failureOf(made.supervisor.ensureRunning("p", late.signal));
    await settle();
    late.abort(new DOMException("late", "TimeoutError"));
    const failure = await pausing;
    assert.equal(failure.kind, "unavailable");
    assert.match(failure.message, /exited with code 3 before it answered initialize/);
    assert.equal((await failureOf(made.supervisor.ensureRunning("p", AbortSignal.abort()))).details?.reason, "backoff");
  });

  it("asks for the start of a program that is through without a word before it listened", async () => {
    const waiting = failureOf(made.supervisor.ensureRunning("p"));
    await settle();
    made.last().exit({ code: 0 });
    const { message } = await waiting;
    assert.match(message, /code 0 before it answered initialize\. Does its program end with plugin\.start\(\)\?/);
  });

  it("holds a person's stop against whatever wants the plugin, but not the host's own", async () => {
    await made.run();
    const stopped = made.supervisor.stop("p");
    assert.equal(made.view().process, "stopping");
    assert.equal(made.supervisor.running("p"), undefined);
    made.last().exit();
    await stopped;
    assert.equal(made.last().stops, 1);
    assert.match((await failureOf(made.supervisor.ensureRunning("p"))).message, /stopped by you/);
    const started = made.supervisor.start("p");
    await settle();
    made.last().answer();
    await started;
    const idle = made.supervisor.stop("p", { hold: false });
    made.last().exit();
    await idle;
    await made.run();
    assert.equal(made.view().epoch, 3);
  });

  it("restarts a plugin that runs: the old one is gone before the new one begins", async () => {
    const first = await made.run();
    const restarted = made.supervisor.restart("p");
    assert.equal(made.processes.length, 1);
    made.last().exit();
    await settle();
    assert.equal(made.processes.length, 2);
    made.last().answer();
    const second = await restarted;
    assert.deepEqual([first.epoch, second.epoch, made.view().restarts], [1, 2, 0]);
  });

  it("replaces a plugin whose package changed, stops one that is gone, leaves the others alone", async () => {
    await made.run();
    const { supervisor } = made;
    supervisor.setInstalled([plugin("p"), plugin("hello")]);
    assert.equal(made.view().process, "running", "nothing changed");
    supervisor.setInstalled([plugin("p", { version: "1.1.0" }), plugin("hello")]);
    assert.equal(made.view().process, "stopping");
    made.last().exit();
    await settle();
    made.last().answer();
    await settle();
    assert.equal(made.view().process, "running");
    supervisor.setInstalled([plugin("hello")]);
    assert.equal(made.last().stops, 1);
    assert.equal(supervisor.view("p"), undefined);
    made.last().exit();
    await settle();
    assert.equal(made.processes.length, 2);
  });

  it("tells of each step once", async () => {
    const events: LifecycleEvent[] = [];
    made = makeSupervisor();
    made.supervisor.onLifecycle((event) => events.push(event));
    made.supervisor.setInstalled([plugin("p"), plugin("bad", { problem: "x." })]);
    await made.run();
    made.last().exit({ code: 7 });
    await settle();
    made.clock.advance(250);
    await settle();
    made.last().answer();
    await settle();
    const stopped = made.supervisor.stop("p");
    made.last().exit();
    await stopped;
    assert.deepEqual(
      events.map((event) => `${event.plugin} ${event.type} ${event.epoch} ${event.reason ?? ""}`.trim()),
      ["p loaded 0", "p activated 1", "p error 1 It exited with code 7.", "p activated 2", "p deactivated 2"],
    );
  });

  it("stops all together, starts none any more, and does not wait for ever", async () => {
    await made.run();
    const other = made.supervisor.ensureRunning("hello");
    const refused = failureOf(other);
    await settle();
    let done = false;
    const all = made.supervisor.stopAll().then(() => {
      done = true;
    });
    assert.deepEqual(
      made.processes.map((process) => process.stops),
      [1, 1],
    );
    made.processes[1]?.exit();
    assert.match((await refused).message, /the window closes/);
    made.clock.advance(3_899);
    await settle();
    assert.equal(done, false);
    made.clock.advance(1);
    await all;
    assert.match((await failureOf(made.supervisor.start("p"))).message, /the window closes/);
  });
});
