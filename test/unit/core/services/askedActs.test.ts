import assert from "node:assert/strict";
import type { Host } from "../../../../src/core/host.ts";
import type { WindowPort } from "../../../../src/core/ports.ts";
import { refused } from "../../../support/failures.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { playedWindow, rig, sender } from "./actionRig.ts";

describe("an act that has to be asked about", () => {
  /** A plugin that the person let in; it wants to run lines in a terminal. */
  const letIn = async (window: WindowPort) => {
    const rigged = await rig(
      { window, source: "user" },
      sender([{ verb: "act", target: "terminal/run", why: "Tests." }]),
    );
    await rigged.host.letIn("demo");
    return rigged;
  };

  it("waits for the person's card, whose answer is remembered where it says so", async () => {
    const { window, done } = playedWindow();
    const { host, send, card, told } = await letIn(window);
    const line = { command: "npm test", wait: false };
    const first = send("terminal/run", line);
    const { id, name, plugin, args } = await card();
    assert.deepEqual({ name, plugin, args }, { name: "terminal/run", plugin: "demo", args: line });
    assert.deepEqual(done, [], "nothing runs before the answer");
    await host.approvals.answer(id, "always");
    assert.deepEqual(await first, { state: "started" });
    assert.equal(host.rules.list().filter(({ source }) => source === "person").length, 1);
    await send("terminal/run", line);
    assert.equal(done.length, 2, "the second is not asked about");
    assert.deepEqual(
      told.map(({ data }) => (data as { decision: string }).decision),
      ["allow", "allow"],
    );
    await host.stop();
  });

  it("is refused at once where the rules have come to deny it while the card was open, and the card goes with a word", async () => {
    const changes = {
      revoked: async (host: Host) => {
        for (const { id } of host.rules.grantsOf("demo")) await host.rules.setGranted(id, false);
      },
      denied: async ({ rules }: Host) => {
        await rules.addPersonRule({ who: "plugin:*", verb: "act", target: "*", effect: "deny" });
      },
    };
    for (const change of Object.values(changes)) {
      const { window, done } = playedWindow();
      const { host, send, card, told } = await letIn(window);
      const asked = send("terminal/run", { command: "npm test", wait: false });
      const over = refused(asked, "denied");
      const { id } = await card();
      await change(host);
      assert.match((await over).message, /has no right to act terminal\/run/);
      await refused(host.approvals.answer(id, "once"), "notFound");
      assert.equal(host.approvals.waiting(), 0);
      const entries = (await host.conversations.visible()).entries();
      assert.ok(!entries.some(({ kind }) => kind === "approval"));
      const [notice] = entries.flatMap((entry) => (entry.kind === "notice" ? entry.text : []));
      assert.match(notice ?? "", /^The question about “Run in a terminal” \(demo\) is withdrawn: demo has no right/);
      assert.deepEqual(done, []);
      assert.deepEqual(
        told.map(({ data }) => (data as { decision: string }).decision),
        ["deny"],
      );
      await host.stop();
    }
  });

  it("stays open while the rules change about something else", async () => {
    const { window, done } = playedWindow();
    const { host, send, card } = await letIn(window);
    const asked = send("terminal/run", { command: "npm test", wait: false });
    const { id } = await card();
    await host.rules.addPersonRule({ who: "plugin:demo", verb: "act", target: "editor/*", effect: "deny" });
    await host.approvals.answer(id, "once");
    await asked;
    assert.equal(done.length, 1);
    await host.stop();
  });

  it("is not done when the person refuses", async () => {
    const { window, done } = playedWindow();
    const { host, send, card, told } = await letIn(window);
    const asked = send("terminal/run", { command: "rm -r x", wait: false });
    await host.approvals.answer((await card()).id, "deny", "not here");
    const failure = await refused(asked, "denied");
    assert.match(failure.message, /not here/);
    assert.deepEqual(done, []);
    assert.deepEqual(told.at(-1)?.data, {
      pluginId: "demo",
      service: "terminal/run",
      params: { command: "rm -r x", wait: false },
      decision: "deny",
    });
    await host.stop();
  });

  it("is done with the arguments as the person edited them, but never as another act", async () => {
    const { window, done } = playedWindow();
    const { host, send, card } = await rig({ window });
    await host.rules.addPersonRule({ who: "plugin:demo", verb: "act", target: "editor/*", effect: "ask" });
    const asked = send("editor/executeCommand", { command: "demo.list", args: [1] });
    const { id } = await card();
    const other = JSON.stringify({ command: "demo.other", args: [1] });
    await refused(host.approvals.answer(id, "once", undefined, other), "invalidParams");
    await refused(host.approvals.answer(id, "once", undefined, '{"command": 5}'), "invalidParams");
    await host.approvals.answer(id, "once", undefined, JSON.stringify({ command: "demo.list", args: [2] }));
    await asked;
    assert.deepEqual(done, [["executeCommand", "demo.list", [2]]]);
    await host.stop();
  });

  it("is asked about at its first use where the plugin was let in by the person, and not again", async () => {
    const { window, done } = playedWindow();
    const { host, send, card } = await rig({ window, source: "user" });
    await host.letIn("demo");
    const first = send("editor/open", { path: "a.ts" });
    await host.approvals.answer((await card()).id, "workspace");
    await first;
    await send("editor/open", { path: "b.ts" });
    assert.equal(done.length, 2);
    await host.stop();
  });

  it("inside a chain needs the right of every plugin in it", async () => {
    const { window, done } = playedWindow();
    const own = sender();
    const outer: ScriptedPlugin = {
      manifest: {
        wants: [{ verb: "call", target: "demo/*", why: "for the test" }],
        offers: [{ name: "go", description: "Goes.", action: "read" }],
      },
      onRequest: (method, params, { send }) =>
        method === "call"
          ? send("call", { to: { plugin: "demo" }, name: "go", args: {}, _meta: params._meta as object })
          : null,
    };
    const { host } = await scriptedHost({ plugins: { demo: own.plugin, outer }, window });
    own.sends((send, callId) => send("editor/open", { path: "a.ts", _meta: { callId } }));
    const call = (plugin: string) => host.calls.call({ caller: "person", to: { plugin }, name: "go", args: {} });
    await call("demo");
    await refused(call("outer"), "denied");
    assert.equal(done.length, 1);
    await host.stop();
  });
});
