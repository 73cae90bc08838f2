import assert from "node:assert/strict";
import { deferred } from "../../../../src/base/deferred.ts";
import { Failure } from "../../../../src/base/failure.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import type { ModelScript } from "../../../support/scriptedParts.ts";
import { until } from "../../../support/until.ts";

type Params = Record<string, unknown>;
type Send = (method: string, params: Params) => Promise<unknown>;
type Handler = (params: Params, send: Send) => unknown;

const why = "For the test.";
const patch = { to: { plugin: "repo" }, name: "patch", args: {} };

/** The agent runs `worker/work`, which does what the test says until it is let go; `editor` and `worker` may change files. */
async function rig({ work = () => null, asked = () => null }: { work?: Handler; asked?: Handler } = {}) {
  const happened: string[] = [];
  const release = deferred<void>();
  let own: Send | undefined;
  const wants = ["repo/*", "editor/*"].map((target) => ({ verb: "call", target, why }));
  const worker: ScriptedPlugin = {
    manifest: { wants, offers: [{ name: "work", description: "W.", action: "read", facets: { agent: true } }] },
    async onRequest(method, params, { send }) {
      if (method !== "call") return {};
      happened.push("work begins");
      await work(params, send);
      await release.promise;
      happened.push("work ends");
      return {};
    },
  };
  const editor: ScriptedPlugin = {
    manifest: {
      wants: [...wants, { verb: "intercept", target: "tool", why }],
      offers: ["go", "edit"].map((name) => ({ name, description: "E.", action: "read" })),
      activation: ["onStartup"],
    },
    initialize: { intercepts: [{ point: "tool", phase: "before", handle: "tool" }] },
    async onRequest(method, params, { send }) {
      if (method === "intercept") await asked(params, send);
      if (method === "intercept") return { decision: "allow" };
      if (params.name === "go") own = send;
      // Without `_meta`: nobody is told inside which call it is.
      return params.name === "edit" ? send("call", patch) : {};
    },
  };
  const repo: ScriptedPlugin = {
    manifest: {
      offers: [
        { name: "patch", description: "P.", action: "write", facets: { provides: "repo.patch" } },
        { name: "note", description: "N.", action: "write" },
      ],
    },
    onRequest(method, { name }) {
      if (method === "call") happened.push(String(name));
      return {};
    },
  };
  const model: ModelScript = function* (_request, step) {
    if (step === 1) yield { type: "toolCall", id: "1", name: "worker_work", arguments: "{}" };
    yield { type: "end", finish: step === 1 ? "tool-calls" : "stop" };
  };
  const { host } = await scriptedHost({ plugins: { worker, editor, repo }, model });
  await host.calls.call({ caller: "person", to: { plugin: "editor" }, name: "go", args: {} });
  const send = own as unknown as Send;
  const { id } = await host.conversations.visible();
  const turn = async () => {
    await host.agent.say(id, "Work.", "send");
    await until("the tool runs", () => happened.includes("work begins"));
  };
  const idle = () => until("the turn is over", () => host.agent.state(id) === "idle");
  const waiting = () =>
    until("the edit waits", () => host.calls.active().find(({ progress }) => progress?.message?.startsWith("Waits")));
  return { host, happened, release, send, turn, idle, waiting };
}

describe("an edit of a plugin while the agent runs a tool", () => {
  it("waits until the tool has ended, in the background too, and its row says for what; nothing else waits", async () => {
    for (const detach of [false, true]) {
      const { host, happened, release, send, turn, idle, waiting } = await rig();
      await turn();
      const edited = send("call", { ...patch, detach });
      const { status, progress } = await waiting();
      assert.equal(status, "queued");
      assert.equal(progress?.message, "Waits until worker/work, which the agent runs, has ended.");
      await send("call", { ...patch, name: "note" });
      assert.deepEqual(happened, ["work begins", "note"]);
      release.resolve();
      await edited;
      await idle();
      await until("it is done", () => happened.includes("patch"));
      assert.deepEqual(happened, ["work begins", "note", "work ends", "patch"]);
      await host.stop();
    }
  });

  it("is decided on when its turn has come, and ends when it is cancelled", async () => {
    const { host, happened, release, send, turn, idle, waiting } = await rig();
    await turn();
    const edited = send("call", patch);
    const denied = assert.rejects(edited, (error) => error instanceof Failure && error.kind === "denied");
    await waiting();
    await host.rules.addPersonRule({ who: "plugin:editor", verb: "call", target: "repo/patch", effect: "deny" });
    const other = send("call", { ...patch, detach: true });
    const { callId } = (await other) as { callId: string };
    host.calls.cancel(callId, "Not wanted.");
    await until("it is over", () => !host.calls.active().some(({ id }) => id === callId));
    assert.equal((await host.calls.get(callId))?.status, "cancelled");
    release.resolve();
    await denied;
    await idle();
    assert.deepEqual(happened, ["work begins", "work ends"]);
    await host.stop();
  });

  it("waits no longer than its caller", async () => {
    const { host, happened, release, send, turn, idle } = await rig();
    await turn();
    const late = send("call", { ...patch, _meta: { deadlineMs: 50 } });
    await assert.rejects(late, (error) => error instanceof Failure && error.kind === "timeout");
    release.resolve();
    await idle();
    assert.deepEqual(happened, ["work begins", "work ends"]);
    await host.stop();
  });

  it("does not wait for a tool that waits for it: its own, inside it, told so or not, or asked about it", async () => {
    const own = await rig({ work: (_params, send) => send("call", patch) });
    const inside = await rig({
      work: (params, send) => send("call", { ...patch, _meta: params._meta as object }),
    });
    const through = await rig({
      work: (params, send) =>
        send("call", { to: { plugin: "editor" }, name: "edit", args: {}, _meta: params._meta as object }),
    });
    for (const { host, happened, release, turn, idle } of [own, inside, through]) {
      // A write inside a chain needs the right of everybody in it.
      await host.rules.addPersonRule({ who: "agent", verb: "call", target: "*", effect: "allow" });
      await turn();
      release.resolve();
      await idle();
      assert.deepEqual(happened, ["work begins", "patch", "work ends"]);
      await host.stop();
    }
    let asks = 0;
    const asked = await rig({ asked: (_params, send) => (++asks === 2 ? send("call", patch) : null) });
    await asked.turn();
    const second = asked.host.calls.call({
      ...{ caller: "agent", to: { plugin: "worker" }, name: "work", args: {}, toolCallId: "2" },
      conversation: (await asked.host.conversations.visible()).id,
    });
    await until("it has edited", () => asked.happened.includes("patch"));
    asked.release.resolve();
    await second;
    await asked.idle();
    await asked.host.stop();
  });
});
