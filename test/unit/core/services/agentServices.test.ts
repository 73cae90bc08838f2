import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import type { ModelScript } from "../../../support/scriptedParts.ts";
import { until } from "../../../support/until.ts";

type Sent = (method: string, params: Record<string, unknown>) => Promise<unknown>;

const wants = (...targets: string[]) => targets.map((target) => ({ verb: "act", target, why: "for the test" }));

async function rig(targets: string[], model: ModelScript) {
  let go: Sent | undefined;
  const plugin: ScriptedPlugin = {
    manifest: { wants: wants(...targets), offers: [{ name: "go", description: "Goes.", action: "read" }] },
    onRequest: (_method, _params, { send }) => {
      go = send;
      return null;
    },
  };
  const { host, requests } = await scriptedHost({ plugins: { plugin }, model });
  await host.calls.call({ caller: "person", to: { plugin: "plugin" }, name: "go", args: {} });
  const { id } = await host.conversations.visible();
  const run = async (text: string) => (await go?.("agent/run", { text })) as { messageId: string; state: string };
  const stop = async (any = false) => (await go?.("agent/stop", { any })) as { stopped: boolean };
  const idle = () => until("the agent rests", () => host.agent.state(id) === "idle");
  return { host, requests, id, run, stop, idle };
}

/** A model that writes until it is stopped, or let go. */
function held() {
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const model: ModelScript = async function* (_request, step, signal) {
    yield { type: "text", text: `answer ${step}` };
    const stopped = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await Promise.race([gate, stopped]);
    yield { type: "end", finish: "stop" };
  };
  return { model, release: () => release() };
}

const denied = (error: unknown) => error instanceof Failure && error.kind === "denied";

describe("a plugin that has the agent work", () => {
  it("starts a turn with its own message, attributed", async () => {
    const { host, requests, run, idle, id } = await rig(["agent/run"], () => [
      { type: "text", text: "Done." },
      { type: "end", finish: "stop" },
    ]);
    const { messageId, state } = await run("Do it.");
    assert.equal(state, "started");
    await idle();
    const entry = host.conversations.get(id)?.entry(messageId);
    assert.ok(entry?.kind === "message");
    assert.deepEqual([entry.origin?.plugin, entry.origin?.intent], ["plugin", "wake"]);
    assert.match(JSON.stringify(requests[0]?.messages), /plugin[\s\S]*Do it\./, "and the model knows who says it");
    await host.stop();
  });

  it("waits for the turn that runs, and then has one of its own; no more than two at once", async () => {
    const { model, release } = held();
    const { host, requests, run, idle, id } = await rig(["agent/run"], model);
    const turns: unknown[] = [];
    host.bus.on("agent.start", ({ data }) => turns.push((data as { message: string }).message));
    await host.agent.say(id, "mine", "send");
    await until("the model is asked", () => requests.length === 1);
    assert.equal(host.agent.startedBy(id), "person");
    assert.equal((await run("yours")).state, "queued");
    release();
    await until("its turn runs", () => requests.length === 2);
    await idle();
    assert.deepEqual(turns, ["mine", "yours"]);
    assert.doesNotMatch(JSON.stringify(requests[0]?.messages), /yours/);
    assert.match(JSON.stringify(requests[1]?.messages), /yours/);
    await run("again");
    await assert.rejects(run("and again"), (error) => error instanceof Failure && error.kind === "overloaded");
    await host.stop();
  });

  it("needs the right to", async () => {
    const { host, requests, run, stop } = await rig([], () => []);
    await assert.rejects(run("Do it."), denied);
    await assert.rejects(stop(), denied);
    await assert.rejects(stop(true), denied);
    assert.equal(requests.length, 0);
    await host.stop();
  });

  it("ends its own turn, and no other", async () => {
    const { model } = held();
    const { host, requests, run, stop, idle, id } = await rig(["agent/run", "agent/stop"], model);
    assert.deepEqual(await stop(), { stopped: false });
    await run("Do it.");
    await until("the model is asked", () => requests.length === 1);
    assert.deepEqual(await stop(), { stopped: true });
    assert.equal(host.agent.state(id), "idle");
    await host.agent.say(id, "mine", "send");
    await until("the model is asked", () => requests.length === 2);
    await assert.rejects(stop(), denied);
    await assert.rejects(stop(true), denied);
    assert.equal(host.agent.state(id), "running");
    await host.agent.stop(id);
    await idle();
    await host.stop();
  });

  it("ends its own turn alone: what others said meanwhile is answered", async () => {
    const { model, release } = held();
    const { host, requests, run, stop, idle, id } = await rig(["agent/run", "agent/stop"], model);
    await run("Do it.");
    await until("the model is asked", () => requests.length === 1);
    await host.agent.say(id, "mine", "queue");
    await host.agent.say(id, "and mine", "queue");
    assert.deepEqual(await stop(), { stopped: true });
    await until("the person's turn runs", () => requests.length === 2);
    assert.equal(host.agent.startedBy(id), "person");
    assert.match(JSON.stringify(requests[1]?.messages), /mine/);
    await assert.rejects(stop(), denied);
    release();
    await idle();
    assert.equal(requests.length, 3);
    await host.stop();
  });

  it("ends turns of others with the right to", async () => {
    const { model } = held();
    const { host, requests, stop, id } = await rig(["agent/stop:any"], model);
    await host.agent.say(id, "mine", "send");
    await until("the model is asked", () => requests.length === 1);
    assert.deepEqual(await stop(true), { stopped: true });
    assert.equal(host.agent.state(id), "idle");
    await host.stop();
  });
});
