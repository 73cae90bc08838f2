import assert from "node:assert/strict";
import { deferred } from "../../../src/base/deferred.ts";
import { Failure } from "../../../src/base/failure.ts";
import { makeSupervisor, plugin, settle } from "./fakes.ts";

describe("the plugin supervisor", () => {
  let made: ReturnType<typeof makeSupervisor>;
  beforeEach(() => {
    made = makeSupervisor();
    made.supervisor.setInstalled([plugin("p"), plugin("hello")]);
  });

  it("only degrades what does not answer a ping, and not for its own lag", async () => {
    await made.run();
    const pingsUnanswered = async (milliseconds: number) => {
      const answer = deferred<unknown>();
      made.last().ping = () => answer.promise;
      made.clock.advance(30_000);
      made.clock.advance(milliseconds);
      answer.reject(new Failure("timeout", "no answer"));
      await settle();
    };
    await pingsUnanswered(60_000);
    assert.deepEqual(made.view().health, { status: "up" }, "the host slept");
    await pingsUnanswered(10_000);
    assert.equal(made.view().health?.status, "degraded");
    assert.equal(made.view().process, "running");
    made.last().ping = () => Promise.resolve({});
    made.clock.advance(30_000);
    await settle();
    assert.deepEqual(made.view().health, { status: "up" });
    made.supervisor.setHealth("p", { status: "down", detail: "no network" });
    assert.deepEqual(made.view().health, { status: "down", detail: "no network" });
  });

  it("takes the answers that came while the host itself was blocked for nobody's fault", async () => {
    await made.run();
    const answer = deferred<unknown>();
    made.last().ping = () => answer.promise;
    const late = made.clock.now.bind(made.clock);
    made.clock.advance(30_000);
    // The host's loop stood still at first: its own looks at the clock come three seconds late, the deadline in time.
    made.clock.now = () => late() + 3_000;
    made.clock.advance(5_000);
    made.clock.now = late;
    made.clock.advance(5_000);
    answer.reject(new Failure("timeout", "no answer"));
    await settle();
    assert.deepEqual(made.view().health, { status: "up" });
  });

  it("asks no plugin whether it answers that a debugger may hold", async () => {
    made = makeSupervisor({ inspect: ({ name }) => (name === "debugged" ? 9229 : undefined) });
    made.supervisor.setInstalled([plugin("debugged"), plugin("mine", { source: "development" }), plugin("other")]);
    for (const name of ["debugged", "mine", "other"]) {
      void made.supervisor.ensureRunning(name);
      await settle();
      made.last().answer();
      await settle();
    }
    made.clock.advance(30_000);
    const pinged = made.processes.map(({ sent }) => sent.some(({ method }) => method === "$/ping"));
    assert.deepEqual(pinged, [false, false, true]);
    assert.equal(made.processes[0]?.spec.inspect, 9229);
  });
});
