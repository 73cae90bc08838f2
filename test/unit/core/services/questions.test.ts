import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { refused } from "../../../support/failures.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";
import { allWants, playedWindow, rig, type Sent, sender } from "./actionRig.ts";

describe("a question of a plugin", () => {
  it("is answered, or dismissed; a third within the minute has to wait", async () => {
    const answers = ["blue", undefined];
    const { window } = playedWindow(async () => answers.shift());
    const { host, send } = await rig({ window });
    const question = { question: "Which?", choices: [{ title: "red" }, { title: "blue" }] };
    assert.deepEqual(await send("ui/ask", question), { state: "answered", choice: "blue" });
    assert.deepEqual(await send("ui/ask", question), { state: "dismissed" });
    const failure = await refused(send("ui/ask", question), "overloaded");
    assert.ok(Number(failure.details?.retryAfterMs) > 0);
    await host.stop();
  });

  it("stops the clock of the call that waits for it", async () => {
    const clock = new FakeClock(1_000);
    let answer: (choice: string) => void = () => {};
    const { window, done } = playedWindow(() => new Promise((resolve) => (answer = resolve)));
    const { host, send } = await rig({ window, clock }, sender(allWants, { timeout: 1_000 }));
    const asked = send("ui/ask", { question: "Which?", choices: [{ title: "red" }] });
    await until("it is asked", () => done.length > 0);
    clock.advance(3_600_000);
    answer("red");
    assert.deepEqual(await asked, { state: "answered", choice: "red" });
    await host.stop();
  });
});

describe("the clock of a call that asked the person", () => {
  it("goes on when the person has answered", async () => {
    const clock = new FakeClock(1_000);
    const { window, done } = playedWindow(async () => "red");
    const own = sender(allWants, { timeout: 1_000 });
    const { host } = await scriptedHost({ plugins: { demo: own.plugin }, window, clock });
    let answered = false;
    own.sends(async (send, callId) => {
      await send("ui/ask", { question: "Which?", choices: [{ title: "red" }], _meta: { callId } });
      answered = true;
      await new Promise(() => {});
    });
    const call = host.calls.call({ caller: "person", to: { plugin: "demo" }, name: "go", args: {} });
    const over = refused(call, "timeout");
    await until("it is answered", () => answered && done.length > 0);
    clock.advance(1_001);
    await over;
    await host.stop();
  });
});

describe("calls that the person is asked about", () => {
  it("are held to the rate of questions, whoever is called: no plugin buries the person in cards", async () => {
    const clock = new FakeClock(1_000);
    const own = sender([{ verb: "call", target: "*", why: "for the test" }]);
    const ran: unknown[] = [];
    const quiet: ScriptedPlugin = {
      manifest: { offers: ["one", "two"].map((name) => ({ name, description: "Writes.", action: "write" })) },
      onRequest: (method, params) => (method === "call" ? ran.push(params.name) : null),
    };
    const { host } = await scriptedHost({ plugins: { demo: own.plugin, quiet }, clock });
    const ask = await host.rules.addPersonRule({ who: "plugin:demo", verb: "call", target: "quiet/*", effect: "ask" });
    const write = (name: string) => async (send: Sent, callId: string) =>
      send("call", { to: { plugin: "quiet" }, name, args: {}, _meta: { callId } });
    const call = (name: string) => {
      own.sends(write(name));
      return host.calls.call({ caller: "person", to: { plugin: "demo" }, name: "go", args: {} });
    };
    const open: Promise<unknown>[] = [];
    for (const name of ["one", "two"]) {
      open.push(call(name));
      await until("its card is open", () => host.approvals.waiting() === open.length);
    }
    for (let flood = 0; flood < 20; flood++) {
      const failure = await refused(call(flood % 2 ? "one" : "two"), "overloaded");
      assert.equal(failure.details?.limit, "questions");
      assert.equal(failure.details?.retryAfterMs, 30_000);
      assert.match(failure.message, /^demo sends more calls that the person is asked about than the limit allows/);
    }
    assert.equal(host.approvals.waiting(), 2);
    for (const entry of (await host.conversations.visible()).entries()) {
      if (entry.kind === "approval") await host.approvals.answer(entry.id, "once");
    }
    await Promise.all(open);
    await host.rules.remove(ask.id);
    await call("one");
    assert.equal(ran.length, 3, "what is not asked about is not held back");
    await host.stop();
  });

  it("by a rule of the person's own, or for an intercept, offer no answer that would not last; and others do", async () => {
    const gate: ScriptedPlugin = {
      manifest: { wants: [{ verb: "intercept", target: "*", why: "for the test" }], activation: ["onStartup"] },
      initialize: { intercepts: ["tool", "conversation"].map((point) => ({ point, phase: "before", handle: point })) },
      onRequest: (method, { subject }) => {
        const { name, change } = (subject ?? {}) as { name?: string; change?: string };
        return method === "intercept" && (name === "looked" || change)
          ? { decision: "ask", reason: "Sure?" }
          : { decision: "allow" };
      },
    };
    const offers = ["ruled", "looked", "plain"].map((name) => ({ name, description: "Writes.", action: "write" }));
    const demo: ScriptedPlugin = { manifest: { offers }, onRequest: () => null };
    const { host } = await scriptedHost({ plugins: { gate, demo } });
    await until("the gate runs", () => host.supervisor.running("gate") !== undefined);
    await host.rules.addPersonRule({ who: "agent", verb: "call", target: "demo/ruled", effect: "ask" });
    const conversation = await host.conversations.visible();
    const card = () =>
      until("a card is shown", () => {
        const found = conversation.entries().find((entry) => entry.kind === "approval" && !entry.choice);
        return found?.kind === "approval" ? found : undefined;
      });
    const call = (name: string) => {
      const about = { caller: "agent", to: { plugin: "demo" }, args: {}, conversation: conversation.id };
      return host.calls.call({ ...about, name });
    };
    for (const [ask, shown] of [
      [() => call("ruled"), [true, undefined]],
      [() => call("looked"), [true, undefined]],
      [() => host.conversations.rename(conversation.id, "Named"), [true, true]],
    ] as const) {
      const asked = ask();
      const { id, onlyOnce, fixed } = await card();
      assert.deepEqual([onlyOnce, fixed], shown);
      for (const choice of ["conversation", "workspace", "always"] as const)
        await refused(host.approvals.answer(id, choice), "invalidParams");
      if (fixed) await refused(host.approvals.answer(id, "once", undefined, "{}"), "invalidParams");
      await host.approvals.answer(id, "once");
      await asked;
    }
    const plain = call("plain");
    const { id, onlyOnce, fixed } = await card();
    assert.deepEqual([onlyOnce, fixed], [undefined, undefined]);
    await host.approvals.answer(id, "conversation");
    await plain;
    await call("plain");
    assert.equal(host.rules.list().filter(({ source }) => source === "person").length, 2);
    await host.stop();
  });
});
