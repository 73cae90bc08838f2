/** Messages at the wrong time, unknown ones and those that come in the wrong form. */
import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import { Puppet, unanswered } from "../../support/puppet.ts";
import { type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { Child, languages } from "./children.ts";
import { hostSamples } from "./hostSamples.ts";

const { invalidRequest, methodNotFound, unavailable } = errorCodes;
const go = { to: { plugin: "counter" }, name: "go" };
const counts = { to: { plugin: "counter" }, name: "counts" };

for (const [language, ending] of Object.entries(languages)) {
  describe(`the order of messages to a plugin in ${language}`, function () {
    this.timeout(20_000);
    let child: Child;
    beforeEach(() => {
      child = new Child(`counter.${ending}`);
    });
    afterEach(() => child.peer.kill());

    const code = async (method: string, params: unknown) => (await child.peer.request(method, params)).error?.code;

    it("before initialize only a ping, shutdown and exit are taken; nothing reaches a handler", async () => {
      const { peer } = child;
      peer.notify("initialized", {});
      assert.equal(await code("$/ping", {}), undefined);
      for (const [method, params] of [
        ["call", go],
        ["deliver", hostSamples.deliver[1]],
        ["intercept", hostSamples.intercept[0]],
      ] as const) {
        const { error } = await peer.request(method, params);
        assert.equal(error?.code, invalidRequest, method);
        assert.match(error?.message ?? "", /before "initialize"/);
      }
      peer.notify("deliver", hostSamples.deliver[0]);
      await child.start();
      const counted = await until("it is ready", async () => {
        const now = await child.counts();
        return now.ready === 1 && now;
      });
      assert.deepEqual([counted.calls, counted.events, counted.intercepts], [0, 0, 0]);
    });

    it("initialized before initialize begins nothing", async () => {
      child.peer.notify("initialized", {});
      await child.initialize();
      assert.equal((await child.counts()).ready, 0);
      assert.ok(!child.peer.received.some(({ method }) => method !== undefined), "it sent nothing");
      child.peer.notify("initialized", {});
      await until("it is ready", async () => (await child.counts()).ready === 1);
    });

    it("initialize and initialized count once", async () => {
      await child.start();
      assert.equal(await code("initialize", hostSamples.initialize[0]), invalidRequest);
      child.peer.notify("initialized", {});
      child.peer.notify("initialized", {});
      await until("it is ready", async () => (await child.counts()).ready === 1);
      assert.equal((await child.counts()).ready, 1);
    });

    it("a shutdown and an exit before initialize end it well", async () => {
      assert.equal(await code("shutdown", {}), undefined);
      child.peer.notify("exit", {});
      assert.equal(await child.peer.exited, 0);
    });

    it("after shutdown new calls are refused, another shutdown is answered, and the stop handlers ran once", async () => {
      await child.start();
      const [first, second, call] = await child.peer.exchange([
        { method: "shutdown", params: {} },
        { method: "shutdown", params: {} },
        { method: "call", params: counts },
      ]);
      assert.deepEqual([first?.error, second?.error], [undefined, undefined]);
      assert.equal(call?.error?.code, unavailable);
      assert.equal(await code("initialize", hostSamples.initialize[0]), invalidRequest);
      assert.equal(await code("$/ping", {}), undefined);
      child.peer.notify("exit", {});
      assert.equal(await child.peer.exited, 0);
    });

    it("a request that is a notification, and the other way round, reaches nobody", async () => {
      await child.start();
      for (const [method, params] of [
        ["call", go],
        ["intercept", hostSamples.intercept[0]],
        ["shutdown", {}],
        ["initialize", hostSamples.initialize[0]],
      ] as const)
        child.peer.notify(method, params);
      for (const method of ["initialized", "exit", "$/setTrace", "$/cancelRequest", "$/progress"])
        assert.equal(await code(method, hostSamples[method as "exit"][0]), methodNotFound, method);
      const { calls, intercepts, stops } = await child.counts();
      assert.deepEqual([calls, intercepts, stops], [0, 0, 0]);
    });

    it("unknown requests are answered, unknown notifications told once, batches refused", async () => {
      await child.start();
      for (const method of ["no/such", "constructor", "__proto__", "toString", "register", "state/get"])
        assert.equal(await code(method, {}), methodNotFound, method);
      for (let n = 0; n < 3; n++) child.peer.notify("no/such", {});
      child.peer.send([{ jsonrpc: "2.0", id: 1, method: "call", params: go }]);
      child.peer.send([]);
      await until(
        "both are refused",
        () => child.peer.received.filter(({ error }) => error?.code === invalidRequest).length === 2,
      );
      assert.equal((await child.counts()).calls, 0);
      const told = await until("it is told", () => child.peer.stderr.match(/ignored: "no\/such"/g));
      assert.equal(told.length, 1);
    });
  });
}

describe("the order of messages to the host", function () {
  this.timeout(20_000);
  let real: RealHost;
  let puppet: Puppet;
  beforeEach(async () => {
    puppet = await Puppet.make("early");
    real = await realHost({ packages: (folder) => puppet.pack(folder) });
  });
  afterEach(async () => {
    await real.stop();
    puppet.close();
  });

  it("before it was initialized a plugin is refused everything, and takes part in nothing", async () => {
    puppet.answers.initialize = () => unanswered;
    const running = puppet.start(real);
    const asked = await until("it is asked", () => puppet.came("initialize")[0]);
    const before = await puppet.exchange([
      { method: "publish", params: { topic: "self.log", data: "early" } },
      { method: "offers/list", params: {} },
      { method: "register", params: { offer: { name: "go", description: "Early.", action: "read" } } },
      { method: "state/set", params: { key: "a", value: 1 } },
    ]);
    for (const { error } of before) assert.ok(error, "refused");
    assert.equal(before[0]?.error?.code, invalidRequest);
    puppet.answerTo(asked, { protocolVersion: 1, plugin: { name: "early" }, capabilities: puppet.capabilities });
    puppet.answerTo(asked, { protocolVersion: 99, plugin: { name: "another" }, capabilities: {} });
    await running;
    assert.equal((await puppet.request("publish", { topic: "self.log", data: "now" })).error, undefined);
    assert.deepEqual((await puppet.request("state/get", { key: "a" })).result, { rev: 0 });
    assert.equal(
      real.host.offers.all().some(({ plugin }) => plugin === "early"),
      false,
    );
  });

  it("while it is shut down a plugin may still keep its state", async () => {
    await puppet.start(real);
    puppet.answers.shutdown = (_params, message) => {
      void puppet.request("state/set", { key: "last", value: "word" }).then(() => puppet.answerTo(message, null));
      return unanswered;
    };
    await real.host.supervisor.restart("early");
    assert.deepEqual((await puppet.request("state/get", { key: "last" })).result, { value: "word", rev: 1 });
  });
});
