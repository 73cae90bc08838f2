import assert from "node:assert/strict";
import { TelemetryBoard } from "../../../../src/core/config/telemetry.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Send = (method: string, params: Record<string, unknown>) => Promise<unknown>;

async function speaking(manifest: Record<string, unknown> = {}) {
  const box: { send?: Send } = {};
  const rig = await scriptedHost({
    plugins: {
      box: {
        manifest: {
          offers: [{ name: "go", description: "Goes.", action: "read", facets: { agent: true } }],
          ...manifest,
        },
        onRequest(_method, _params, { send }) {
          box.send = send;
          return null;
        },
      },
    },
    model: () => [
      { type: "text", text: "Done." },
      { type: "end", finish: "stop", usage: { input: 30, output: 12 } },
    ],
  });
  await rig.host.calls.call({ caller: "person", to: { plugin: "box" }, name: "go", args: {} });
  const say = async (topic: string, data: unknown) => await box.send?.("publish", { topic, data });
  return { ...rig, say };
}

describe("what a plugin says of itself", () => {
  it("is checked: its health and its figures must be what they are", async () => {
    const { host, say } = await speaking();
    await assert.rejects(
      say("self.health", { status: "fine" }),
      /self\.health does not fit: "data\.status" must be one of/,
    );
    await assert.rejects(
      say("self.telemetry", { cpu: "much" }),
      /self\.telemetry does not fit: "data\.cpu" must be a number/,
    );
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`f${at}`, at]));
    await assert.rejects(say("self.telemetry", many), /at most 50 figures/);
    await say("self.health", { status: "degraded", detail: "slow disk" });
    assert.deepEqual(host.supervisor.view("box")?.health, { status: "degraded", detail: "slow disk" });
    await host.stop();
  });

  it("shows the last figures while it runs, and limits how often they come", async () => {
    const { host, say } = await speaking();
    const changes: string[] = [];
    host.telemetry.onDidChange((plugin) => changes.push(plugin));
    await say("self.telemetry", { cpu: 3.0789, mem_bytes: 52_428_800, jobs: 2 });
    assert.deepEqual(host.notesOf("box"), ["Figures: CPU 3.1 %, memory 50 MiB, jobs 2"]);
    for (let sent = 1; sent < 10; sent++) await say("self.telemetry", { cpu: sent });
    await assert.rejects(say("self.telemetry", { cpu: 11 }), /more samples of telemetry/);
    assert.deepEqual(host.telemetry.of("box"), { cpu: 9 });
    assert.equal(changes.length, 10);
    await host.supervisor.stop("box");
    assert.deepEqual(host.notesOf("box"), []);
    await host.stop();
  });

  it("has no line where there are no figures", () => {
    const board = new TelemetryBoard();
    board.take("a", { cpu: "no number" });
    board.take("b", {});
    assert.deepEqual([board.textOf("a"), board.textOf("b")], [undefined, undefined]);
  });
});

describe("tools that are there only when they are named", () => {
  it("are given to the model while the prompt says +name, and not otherwise", async () => {
    const { host, requests } = await speaking({ tools: "tagged" });
    const { id } = await host.conversations.visible();
    const ask = async (text: string) => {
      await host.agent.say(id, text, "send");
      await until("the turn is over", () => host.agent.state(id) === "idle");
      return requests.at(-1)?.tools.map(({ name }) => name);
    };
    assert.deepEqual(await ask("go box go"), []);
    assert.deepEqual(await ask("please +box, go"), ["box_go"]);
    assert.deepEqual(await ask("again"), []);
    assert.deepEqual(await ask("1+box is no name"), []);
    await host.stop();
  });
});

it("the agent tells how much of the context a step took, as far as the model says", async () => {
  const { host } = await speaking();
  const told: unknown[] = [];
  host.bus.on("context.usage", ({ data }) => told.push(data));
  const { id } = await host.conversations.visible();
  await host.agent.say(id, "hello", "send");
  await until("the turn is over", () => host.agent.state(id) === "idle");
  assert.deepEqual(told, [{ contextUsage: 42 }]);
  await host.stop();
});

it("a subscription of the manifest starts its plugin, which hears what started it", async () => {
  const heard: unknown[] = [];
  const { host } = await scriptedHost({
    plugins: {
      ear: {
        manifest: {
          subscriptions: [{ topic: "news.>" }],
          wants: [{ verb: "subscribe", target: "news.>", why: "To hear." }],
        },
        initialize: { subscriptions: [{ topic: "news.>", handle: "h" }] },
        onNotify: (method, params) => void (method === "deliver" && heard.push(...(params.events as unknown[]))),
      },
      mouth: { manifest: { wants: [{ verb: "publish", target: "news.>", why: "To tell." }] } },
    },
  });
  host.bus.publish({ type: "news.today", source: "mouth", data: 1 });
  const [event] = await until("it is heard", () => heard.length > 0 && heard);
  assert.deepEqual((event as { type: string; data: unknown }).data, 1);
  await host.stop();
});
