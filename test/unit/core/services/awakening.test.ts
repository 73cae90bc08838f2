import assert from "node:assert/strict";
import { Awakener } from "../../../../src/core/services/awakener.ts";
import type { PluginEvent } from "../../../../src/protocol/plugin/events.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";
import { setUp } from "../events/hearer.ts";

interface Delivery {
  subscription: string;
  events: PluginEvent[];
  lost?: { from: number; to: number; count: number };
}

const want = (target: string) => ({ verb: "subscribe", target, why: "for the test" });

describe("a plugin that is awakened by a topic", () => {
  const listener = (patterns: string[]) => {
    const delivered: Delivery[] = [];
    const plugin: ScriptedPlugin = {
      manifest: {
        activation: patterns.map((pattern) => `onTopic:${pattern}`),
        wants: patterns.map(want),
        offers: [{ name: "go", description: "Goes.", action: "read" }],
      },
      initialize: { subscriptions: patterns.map((topic, index) => ({ topic, handle: `s${index}` })) },
      onNotify: (method, params) => method === "deliver" && delivered.push(params as unknown as Delivery),
    };
    return { plugin, delivered };
  };

  it("hears everything that waited, in order, in pieces of at most 100", async () => {
    const { plugin, delivered } = listener(["bell.>"]);
    const { host } = await scriptedHost({ plugins: { plugin } });
    for (let n = 0; n < 150; n++) host.bus.publish({ type: "bell.rings", source: "other", data: n });
    await until("it heard all", () => delivered.flatMap(({ events }) => events).length >= 150);
    assert.deepEqual(
      delivered.map(({ events }) => events.length),
      [100, 50],
    );
    assert.deepEqual(
      delivered.flatMap(({ events }) => events.map(({ data }) => data)),
      Array.from({ length: 150 }, (_, n) => n),
    );
    assert.ok(delivered.every(({ lost }) => lost === undefined));
    await host.stop();
  });

  it("is told exactly what was dropped when more than 200 waited, for each of its subscriptions", async () => {
    const { plugin, delivered } = listener(["bell.>", "horn.*"]);
    const { host } = await scriptedHost({ plugins: { plugin } });
    for (let n = 0; n < 10; n++) host.bus.publish({ type: "horn.blows", source: "other", data: n });
    const seqs: number[] = [];
    host.bus.on("bell.rings", ({ seq }) => seqs.push(seq));
    for (let n = 0; n < 250; n++) host.bus.publish({ type: "bell.rings", source: "other", data: n });
    host.bus.publish({ type: "horn.blows", source: "other", data: 10 });
    await until("it heard all", () => delivered.flatMap(({ events }) => events).length >= 200);
    const [first] = delivered.filter(({ subscription }) => subscription === "s0");
    assert.equal(first?.events[0]?.data, 51);
    assert.deepEqual(first?.lost, { from: seqs[0], to: seqs[50], count: 51 });
    const [horn] = delivered.filter(({ subscription }) => subscription === "s1");
    assert.deepEqual(
      horn?.events.map(({ data }) => data),
      [10],
    );
    assert.equal(horn?.lost?.count, 10);
    await host.stop();
  });

  it("is kept no more than 8 MiB of events while it starts, and told what was dropped", () => {
    const { bus, say } = setUp();
    const awakener = new Awakener({ bus, running: () => false, start: () => new Promise(() => {}) });
    awakener.watch("sleeper", ["bell.>"]);
    const data = "x".repeat(900 * 1024);
    for (let n = 0; n < 20; n++) say("bell.rings", { data });
    const { events, lost } = awakener.take("sleeper", "bell.>");
    assert.deepEqual(
      events.map(({ event }) => event.seq),
      [12, 13, 14, 15, 16, 17, 18, 19, 20],
    );
    assert.deepEqual(lost, { from: 1, to: 11, count: 11 });
  });

  it("is told of all that was dropped, though no more than 1,000 topics of it are told apart", () => {
    const { bus, say } = setUp();
    const awakener = new Awakener({ bus, running: () => false, start: () => new Promise(() => {}) });
    awakener.watch("sleeper", ["bell.>", "horn.>"]);
    for (let n = 0; n < 1_500; n++) say(`bell.number${n}`);
    assert.equal(awakener.take("sleeper", "bell.>").lost?.count, 1_300);
    assert.equal(awakener.take("sleeper", "bell.number7").lost?.count, 301, "its own, and those beyond");
    assert.equal(awakener.take("sleeper", "horn.>").lost?.count, 300);
  });

  it("hears nothing of what waited for another that had its name when it was said", () => {
    const { bus, say } = setUp();
    let owner = "user/ada/sleeper";
    const starting = () => new Promise(() => {});
    const awakener = new Awakener({ bus, running: () => false, start: starting, ownerOf: () => owner });
    awakener.watch("sleeper", ["bell.>"]);
    say("bell.rings", { data: "for Ada's" });
    owner = "user/eve/sleeper";
    assert.deepEqual(awakener.take("sleeper", "bell.>"), { events: [], lost: undefined });
    say("bell.rings", { data: "for Eve's" });
    const { events } = awakener.take("sleeper", "bell.>");
    assert.deepEqual(
      events.map(({ event }) => event.data),
      ["for Eve's"],
    );
  });

  it("hears a state that is kept as the latest once, though it is what awakened it", async () => {
    const { plugin, delivered } = listener(["bell.>"]);
    const { host } = await scriptedHost({ plugins: { plugin } });
    host.bus.publish({ type: "bell.state", source: "other", data: "old", latest: true });
    host.bus.publish({ type: "bell.state", source: "other", data: "new", latest: true });
    await until("it runs", () => host.supervisor.running("plugin"));
    host.bus.publish({ type: "bell.rings", source: "other", data: "last" });
    const heard = () => delivered.flatMap(({ events }) => events.map(({ data }) => data));
    await until("it heard the last", () => heard().includes("last"));
    assert.deepEqual(heard(), ["old", "new", "last"]);
    await host.stop();
  });

  it("is not awakened by its own events, by those for another, or without a fitting rule", async () => {
    const { plugin, delivered } = listener(["bell.>", "inbox"]);
    const { host } = await scriptedHost({ plugins: { plugin } });
    host.bus.publish({ type: "bell.rings", source: "plugin", data: 1 });
    host.bus.publish({ type: "horn.blows", source: "other", data: 1 });
    host.bus.publish({ type: "inbox", source: "other", to: "somebody", data: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(host.supervisor.view("plugin")?.epoch, 0);
    host.bus.publish({ type: "inbox", source: "other", to: "plugin", data: "for you" });
    await until("it heard", () => delivered.length > 0);
    assert.deepEqual(
      delivered[0]?.events.map(({ data }) => data),
      ["for you"],
    );
    await host.stop();
  });

  it("that cannot start keeps nothing for later", async () => {
    const { plugin, delivered } = listener(["bell.>"]);
    const { host } = await scriptedHost({ plugins: { plugin } });
    host.supervisor.setDisabled("plugin", true);
    host.bus.publish({ type: "bell.rings", source: "other", data: "lost on it" });
    await new Promise((resolve) => setImmediate(resolve));
    host.supervisor.setDisabled("plugin", false);
    await host.supervisor.ensureRunning("plugin");
    host.bus.publish({ type: "bell.rings", source: "other", data: "heard" });
    await until("it heard", () => delivered.length > 0);
    assert.deepEqual(
      delivered.flatMap(({ events }) => events.map(({ data }) => data)),
      ["heard"],
    );
    await host.stop();
  });
});
