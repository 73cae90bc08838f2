/** What belongs to another plugin: its calls, handles, events, state and name. */
import assert from "node:assert/strict";
import { errorCodes } from "../../../src/protocol/codes.ts";
import type { PluginEvent } from "../../../src/protocol/plugin/events.ts";
import { metaOf, type RawMessage } from "../../support/rawEnd.ts";
import { putPackage, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { blamed, callsTo, heldAtTarget, type Liars, lastSeq, liars, rowsSince } from "./rig.ts";

const { denied, invalidParams, notFound } = errorCodes;

function eventsOf({ params }: RawMessage): PluginEvent[] {
  return (params?.events ?? []) as PluginEvent[];
}

describe("what belongs to another plugin", function () {
  this.timeout(30_000);
  let all: Liars;
  before(async () => {
    all = await liars();
  });
  after(async () => await all?.stop());

  /** The code with which the spoofer's request is refused. */
  const refused = async (method: string, params: unknown): Promise<number | undefined> =>
    (await all.spoofer.request(method, params)).error?.code;

  it("its call is not answered, cancelled, looked at or told of by others, by any id", async () => {
    const { spoofer, victim, real } = all;
    const heard: unknown[] = [];
    victim.answers["$/progress"] = (params) => void heard.push(params);
    const { id, asked, callId } = await heldAtTarget(all, { progressToken: "mine" });
    const token = metaOf(asked).progressToken;
    const ids = [...Array.from({ length: 60 }, (_, n) => n), asked.id, id, "held", callId, null];
    for (const forged of ids) {
      spoofer.send({ jsonrpc: "2.0", id: forged, result: "spoofed" });
      spoofer.send({ jsonrpc: "2.0", id: forged, error: { code: -32000, message: "spoofed" } });
      spoofer.notify("$/cancelRequest", { id: forged ?? 0 });
      spoofer.notify("$/progress", { token: forged ?? 0, value: { message: "spoofed", partial: "spoofed" } });
    }
    for (const forged of [token, "mine"])
      spoofer.notify("$/progress", { token: forged, value: { partial: "spoofed" } });
    assert.equal(await refused("calls/get", { callId }), notFound);
    assert.equal(await refused("calls/cancel", { callId }), notFound);
    assert.equal((await victim.request("$/ping", {})).error, undefined);
    assert.ok(real.host.calls.active().some((call) => call.id === callId));
    assert.ok(!victim.received.some((message) => JSON.stringify(message).includes("spoofed")));
    all.target.answerTo(asked, "right");
    assert.equal((await victim.answer(id)).result, "right");
  });

  it("an answer counts once, and one to a question that was answered, or never put, not at all", async () => {
    const { victim, target } = all;
    const first = await heldAtTarget(all);
    const second = await heldAtTarget(all);
    target.answerTo(first.asked, "right");
    target.answerTo(first.asked, "replayed");
    target.send({ jsonrpc: "2.0", id: first.asked.id, error: { code: -33002, message: "replayed" } });
    for (const forged of [999_999, "1", -1, "constructor", "__proto__", String(second.asked.id)])
      target.send({ jsonrpc: "2.0", id: forged, result: "never asked" });
    assert.equal((await victim.answer(first.id)).result, "right");
    assert.ok(all.real.host.calls.active().some(({ id }) => id === second.callId));
    target.answerTo(second.asked, "right too");
    assert.equal((await victim.answer(second.id)).result, "right too");
    assert.ok(!target.received.some(({ error }) => error), "an answer is never answered");
  });

  it("a refusal that a plugin makes up is its own word: the call's row names the rule that allowed it", async () => {
    const { victim, target } = all;
    const { id, asked, callId } = await heldAtTarget(all);
    const data = { rule: "person:never", kind: "denied" };
    target.send({ jsonrpc: "2.0", id: asked.id, error: { code: -33_002, message: "You may not.", data } });
    assert.equal((await victim.answer(id)).error?.code, -33_002);
    const { result } = await victim.request("calls/get", { callId });
    const { status, rule, error } = result as Record<string, string>;
    assert.deepEqual([status, error], ["failed", "You may not."]);
    assert.match(rule ?? "", /^grant:.*victim:call/);
  });

  it("a request under an id that is in use is refused without one, and the first is answered", async () => {
    const { victim, target } = all;
    const held = await heldAtTarget(all);
    const calls = callsTo(target, "go").length;
    const already = victim.received.length;
    victim.send({ jsonrpc: "2.0", id: held.id, method: "call", params: { to: { plugin: "target" }, name: "go" } });
    const answer = await until("it is refused", () => victim.received.slice(already).find(({ error }) => error));
    assert.deepEqual([answer.id, answer.error?.code], [null, errorCodes.invalidRequest]);
    target.answerTo(held.asked, "right");
    assert.equal((await victim.answer(held.id)).result, "right");
    assert.equal(callsTo(target, "go").length, calls);
  });

  it("its registrations stay when another takes them back", async () => {
    const { spoofer, victim } = all;
    const { result } = await victim.request("register", { subscription: { topic: "told.*" } });
    const { handle } = result as { handle: string };
    for (const forged of [handle, "handle-1", "constructor", "__proto__"])
      assert.equal(await refused("unregister", { handle: forged }), notFound, forged);
    const eventId = await spoofer.request("publish", {
      topic: "told.one",
      data: { source: "person" },
      _meta: { caller: "agent" },
    });
    assert.ok(eventId.result);
    const delivered = await until("it hears", () =>
      victim.came("deliver").find(({ params }) => params?.subscription === handle),
    );
    const [event] = eventsOf(delivered);
    assert.deepEqual([event?.type, event?.source], ["told.one", "spoofer"]);
  });

  it("its state is out of reach, by every name of a scope", async () => {
    const { spoofer, victim } = all;
    const set = await victim.request("state/set", { key: "secret", value: "mine" });
    assert.ok(set.result, set.error?.message);
    assert.ok((await victim.request("state/set", { scope: "shared:team", key: "secret", value: "ours" })).result);
    for (const scope of [
      "shared:",
      "shared:../plugin",
      "shared:Team",
      "shared:te\u0430m",
      "../victim",
      "plugin:victim",
      "victim",
      "plugin/",
      "__proto__x",
      "constructor",
      "shared:team\n",
      "SHARED:team",
    ])
      for (const method of ["state/get", "state/list", "state/delete"])
        assert.equal(await refused(method, { scope, key: "secret" }), invalidParams, `${method} ${scope}`);
    for (const method of ["state/get", "state/set", "state/delete", "state/list"])
      assert.equal(await refused(method, { scope: "shared:team", key: "secret", value: 1 }), denied, method);
    for (const key of ["secret", "../victim/secret", "victim secret", "constructor", "toString"])
      assert.deepEqual((await spoofer.request("state/get", { key })).result, { rev: 0 }, key);
    assert.deepEqual((await spoofer.request("state/list", { prefix: "" })).result, { keys: [], more: false });
    assert.deepEqual((await victim.request("state/get", { key: "secret" })).result, { value: "mine", rev: 1 });
  });

  it("keys that are no text are refused, so that none stands for another", async () => {
    const { spoofer } = all;
    for (const key of ["\ud800", "a\udc00", "\udfff"])
      for (const method of ["state/get", "state/set", "state/delete"])
        assert.equal(await refused(method, { key, value: 1 }), invalidParams, `${method} ${JSON.stringify(key)}`);
    for (const key of ["caf\u00e9", "cafe\u0301"])
      assert.ok((await spoofer.request("state/set", { key, value: key })).result);
    for (const key of ["caf\u00e9", "cafe\u0301"])
      assert.equal(((await spoofer.request("state/get", { key })).result as { value: string }).value, key);
  });

  it("topics of the host and of others are refused, though the plugin may publish everything else", async () => {
    const { spoofer } = all;
    const roots = [
      "tool.callEnd",
      "agent.start",
      "plugin.loaded",
      "permission.response",
      "call.ended",
      "message.added",
    ];
    for (const topic of [...roots, "conversation.created", "state.plugin.a", "editor.saved", "model.step"])
      assert.equal(await refused("publish", { topic, data: {} }), denied, topic);
    for (const topic of ["tool.", ".tool", "to\u043el.callEnd", "told .one", "told.*", "told.>", "a..b", "told.one\n"])
      assert.equal(await refused("publish", { topic, data: {} }), invalidParams, topic);
    assert.ok((await spoofer.request("publish", { topic: "Tool.callEnd", data: {} })).result, "it is another word");
  });

  it("what is said of oneself stays with oneself", async () => {
    const { spoofer, real } = all;
    const data = { status: "down", detail: "spoofed", plugin: "victim", pluginId: "victim", source: "victim" };
    await spoofer.request("publish", { topic: "self.health", data });
    await until("it is taken", () => real.host.supervisor.view("spoofer")?.health?.status === "down");
    assert.equal(real.host.supervisor.view("victim")?.health?.status, "up");
    await spoofer.request("publish", {
      topic: "self.log",
      data: { level: "error", message: "victim failed", plugin: "victim" },
    });
    assert.equal(JSON.stringify(real.host.activity.logOf("victim")).includes("victim failed"), false);
    assert.equal(JSON.stringify(real.host.activity.logOf("spoofer")).includes("victim failed"), true);
  });

  it("a direct message reaches only the one that is named, from the one that wrote it", async () => {
    const { spoofer, victim, target } = all;
    const handles = await Promise.all(
      [victim, target].map(
        async (one) =>
          (await one.request("register", { subscription: { topic: "inbox" } })).result as { handle: string },
      ),
    );
    for (const to of ["Victim", "v\u0456ctim", "victim ", "victim\u200b", "*", ">", "plugin:victim", "constructor"])
      assert.equal(await refused("publish", { topic: "inbox", data: { to }, to }), notFound, to);
    assert.equal(await refused("publish", { topic: "inbox", data: {} }), invalidParams);
    // Also where it would have been told that nobody listens there, or that there is nobody.
    for (const to of ["victim", "spoofer", "nobody"])
      assert.equal(await refused("publish", { topic: "told.one", data: {}, to }), invalidParams, to);
    await spoofer.request("publish", { topic: "inbox", data: { from: "person", replyTo: "victim/go" }, to: "victim" });
    const mail = await until("it arrives", () =>
      victim.came("deliver").find(({ params }) => params?.subscription === handles[0]?.handle),
    );
    const [event, ...more] = eventsOf(mail);
    assert.deepEqual([event?.source, event?.data, more], ["spoofer", { from: "person", replyTo: "victim/go" }, []]);
    assert.ok(!target.came("deliver").some(({ params }) => params?.subscription === handles[1]?.handle));
  });

  it("an offer under another's name is one's own, or none", async () => {
    const { spoofer, victim, target } = all;
    for (const name of [
      "victim/go",
      "victim:go",
      "../victim/go",
      "g\u043e",
      "go\u0301",
      "go ",
      "__proto__",
      "victim/*",
      "",
    ])
      assert.equal(
        await refused("register", { offer: { name, description: "A lie.", action: "read" } }),
        invalidParams,
        name,
      );
    const taken = { name: "steal", title: "Victim: Go", description: "A lie.", action: "read", plugin: "victim" };
    await spoofer.request("register", { offer: taken });
    const { result } = await victim.request("offers/list", { plugin: "victim" });
    assert.deepEqual((result as { offers: { name: string }[] }).offers.map(({ name }) => name).sort(), ["go", "held"]);
    const calls = callsTo(spoofer, "go").length;
    assert.deepEqual((await victim.request("call", { to: { plugin: "target" }, name: "go" })).result, {
      by: "target",
      args: {},
    });
    assert.equal((await victim.request("call", { to: { plugin: "victim" }, name: "steal" })).error?.code, notFound);
    assert.equal(callsTo(spoofer, "go").length, calls);
    assert.ok(callsTo(target, "go").length > 0);
  });

  it("methods that a prototype has are unknown, as requests and as notifications", async () => {
    const { spoofer } = all;
    for (const method of [
      "constructor",
      "toString",
      "__proto__",
      "hasOwnProperty",
      "initialize",
      "shutdown",
      "CALL",
      "call ",
      "c\u0430ll",
      "deliver",
    ]) {
      assert.equal(await refused(method, {}), errorCodes.methodNotFound, method);
      spoofer.notify(method, {});
    }
    assert.equal((await spoofer.request("$/ping", {})).error, undefined);
  });

  it("nobody but the liar is blamed for a lie", async () => {
    const seq = await lastSeq(all);
    await refused("publish", {
      topic: "tool.callEnd",
      data: { pluginId: "victim" },
      _meta: { caller: "plugin:victim" },
    });
    await refused("call", {
      to: { plugin: "victim" },
      name: "go",
      source: "victim",
      _meta: { caller: "plugin:target" },
    });
    await refused("state/get", { scope: "shared:team", key: "secret", pluginId: "victim" });
    await refused("register", { subscription: { topic: "tool.>" }, _meta: { caller: "plugin:victim" } });
    const rows = await until("it is told", async () => {
      const found = await rowsSince(all, seq);
      return found.some(({ type }) => type === "permission.refused") && found;
    });
    assert.deepEqual(blamed(rows), ["spoofer"], JSON.stringify(rows));
  });

  it("the host's own name is nobody's: a package that has it is listed with the reason and never run", async () => {
    const parley = { wants: [{ verb: "publish", target: "*", why: "To speak as the host." }] };
    const real = await realHost({ packages: (folder) => void putPackage(folder, "host", { parley }) });
    try {
      const { supervisor } = real.host;
      const { eligibility } = supervisor.view("host") ?? {};
      assert.ok(eligibility && !eligibility.ok);
      assert.equal(eligibility.reason, "broken");
      assert.match(eligibility.text, /Parley itself speaks under that name/);
      await assert.rejects(supervisor.ensureRunning("host"), /Parley itself speaks under that name/);
    } finally {
      await real.stop();
    }
  });
});
