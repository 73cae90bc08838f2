/** Settings, negotiation and health between the host's messages and both SDKs, over real processes. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { InitializeParams } from "../../../src/protocol/plugin/lifecycle.ts";
import { refused } from "../../support/failures.ts";
import { FakeHost, type FakeHostOptions } from "../../support/fakeHost.ts";
import { until } from "../../support/until.ts";

for (const file of ["settings.ts", "settings.py"]) {
  describe(`settings of a plugin, ${file}`, function () {
    this.timeout(20_000);
    const entry = fileURLToPath(new URL(`./fixtures/${file}`, import.meta.url));
    const own: FakeHost[] = [];
    afterEach(() => {
      for (const one of own.splice(0)) one.kill();
    });
    const begin = async (more: Partial<FakeHostOptions> = {}) => {
      const host = await FakeHost.start({ entry, name: "settings", config: { city: "Oslo" }, ...more });
      own.push(host);
      return host;
    };
    const apply = (host: FakeHost, config: object, changed = Object.keys(config), caller = "host") =>
      host.call("config.apply", { config, changed }, { caller });

    it("states that it takes new ones, offers nothing for that, and takes them", async () => {
      const host = await begin();
      assert.equal(host.answer?.capabilities.configApply, true);
      assert.ok(!host.answer?.offers?.some(({ name }) => name === "config.apply"));
      assert.deepEqual(await host.call("known"), { all: { city: "Oslo" }, city: "Oslo", none: null });
      assert.equal(await apply(host, { city: "Rome", units: "metric" }), null);
      assert.deepEqual(await host.call("known"), {
        all: { city: "Rome", units: "metric" },
        city: "Rome",
        none: null,
      });
      assert.deepEqual(await host.call("seen"), [
        { next: { city: "Rome", units: "metric" }, changed: ["city", "units"], before: { city: "Oslo" } },
      ]);
    });

    it("answers what is wrong with them and keeps the old ones", async () => {
      const host = await begin();
      assert.deepEqual(await apply(host, { city: "Atlantis" }), {
        errors: [{ field: "city", message: "is not on the map" }],
      });
      assert.deepEqual(await host.call("known"), { all: { city: "Oslo" }, city: "Oslo", none: null });
    });

    it("takes them from the host alone, and only where they fit", async () => {
      const host = await begin();
      await refused(apply(host, { city: "Rome" }, ["city"], "plugin:other"), "denied");
      await refused(host.call("config.apply", { city: "Rome" }, { caller: "host" }), "invalidParams");
      assert.deepEqual(await host.call("known"), { all: { city: "Oslo" }, city: "Oslo", none: null });
    });

    it("refuses a host that speaks no version of its own, with what to do", async () => {
      const host = await begin({ initialize: false });
      const params = { ...host.initializeParams(), protocolVersion: 0 };
      const failure = await refused(host.connection.request("initialize", params), "versionMismatch");
      assert.match(failure.message, /version 0.*version 1/);
      assert.match(failure.todo ?? "", /Update/);
    });

    it("answers a newer host with the version that it speaks itself", async () => {
      const host = await begin({ initialize: false });
      const answer = await host.connection.request("initialize", { ...host.initializeParams(), protocolVersion: 7 });
      assert.equal(answer.protocolVersion, 1);
    });

    it("sends nothing to a host that cannot do it", async () => {
      const host = await begin({ initialize: false });
      const params: InitializeParams = { ...host.initializeParams(), capabilities: { progress: true } };
      host.answer = await host.connection.request("initialize", params);
      host.connection.notify("initialized", {});
      const failure = await refused(host.call("keep", { value: 1 }), "notNegotiated");
      assert.match(failure.message, /no "state".*"state\/set" is not sent/);
      assert.deepEqual(host.sent("state/set"), []);
    });

    it("keeps to the number of requests that the host takes at a time", async () => {
      const host = await begin({ initialize: false });
      const params = { ...host.initializeParams(), limits: { outstandingRequests: 8 } };
      host.answer = await host.connection.request("initialize", params);
      host.connection.notify("initialized", {});
      let most = 0;
      let now = 0;
      host.others["slow/go"] = async () => {
        most = Math.max(most, ++now);
        await until("some time has passed", async () => await host.call("known").then(() => true));
        now--;
      };
      await host.call("flood", { count: 20 });
      assert.equal(most, 4);
    });

    it("tells its health and its figures, each kept as the latest", async () => {
      const host = await begin();
      await host.call("tell", { status: "degraded", detail: "slow disk" });
      await until("both are told", () => host.sent("publish").length >= 2);
      const told = host.sent("publish").map(({ topic, data, latest }) => ({ topic, data, latest }));
      assert.deepEqual(told, [
        { topic: "self.health", data: { status: "degraded", detail: "slow disk" }, latest: true },
        { topic: "self.telemetry", data: { cpu: 12.5, mem_bytes: 1_000_000, jobs: 3 }, latest: true },
      ]);
    });

    it("logs more while the host traces it", async () => {
      const host = await begin();
      const lines = () => host.published("self.log").map((line) => (line as { message: string }).message);
      await host.call("known");
      host.connection.notify("$/setTrace", { value: "verbose" });
      await host.call("known");
      await until("it is written", () => lines().some((line) => /call of "known" ended after \d+ ms/.test(line)));
      host.connection.notify("$/setTrace", { value: "off" });
      await host.call("seen");
      await host.call("tell", { status: "up" });
      await until("what came later is here", () => host.published("self.health").length === 1);
      assert.equal(lines().length, 2);
    });
  });
}
