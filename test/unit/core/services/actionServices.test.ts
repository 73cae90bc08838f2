import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import type { Host } from "../../../../src/core/host.ts";
import type { WindowPort } from "../../../../src/core/ports.ts";
import type { PluginEvent } from "../../../../src/protocol/plugin/events.ts";
import { refused } from "../../../support/failures.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Sent = (method: string, params: Record<string, unknown>) => Promise<unknown>;

const allWants = ["ui/notify", "ui/ask", "editor/open", "editor/showDiff", "editor/executeCommand:demo.*"].map(
  (target) => ({ verb: "act", target, why: "for the test" }),
);

/** A window that notes what it is asked to do; `answer` answers questions. */
function playedWindow(answer: WindowPort["ask"] = async () => undefined) {
  const done: unknown[][] = [];
  const window: WindowPort = {
    notify: (...args) => void done.push(["notify", ...args]),
    ask: (...args) => {
      done.push(["ask", args[0], args[1]]);
      return answer(...args);
    },
    consent: async () => false,
    open: async (...args) => void done.push(["open", ...args]),
    showDiff: async (...args) => void done.push(["showDiff", ...args]),
    executeCommand: async (command, args) => {
      done.push(["executeCommand", command, args]);
      return { files: ["a.ts"], self: () => {} };
    },
    runInTerminal: async (plugin, line) => {
      done.push(["runInTerminal", plugin, line]);
      return { state: "started" };
    },
  };
  return { window, done };
}

/** A plugin that sends what the test says from inside a call of the person's. */
function sender(wants: unknown[] = allWants, offer: Record<string, unknown> = {}) {
  let script: (send: Sent, callId: string) => Promise<unknown> = async () => null;
  const plugin: ScriptedPlugin = {
    manifest: { wants, offers: [{ name: "go", description: "Goes.", action: "read", ...offer }] },
    onRequest: (method, params, { send }) =>
      method === "call" ? script(send, (params._meta as { callId: string }).callId) : null,
  };
  return { plugin, sends: (run: typeof script) => (script = run) };
}

async function rig(options: Omit<Parameters<typeof scriptedHost>[0], "plugins">, own = sender()) {
  const scripted = await scriptedHost({ ...options, plugins: { demo: own.plugin } });
  const { host } = scripted;
  const told: PluginEvent[] = [];
  host.bus.on("plugin.actionRequested", (event) => void told.push(event));
  /** Sends one message from inside a call, with the call's id. */
  const send = async (method: string, params: Record<string, unknown>) => {
    own.sends((by, callId) => by(method, { ...params, _meta: { callId } }));
    const call = { caller: "person", to: { plugin: "demo" }, name: "go", args: {} };
    return (await host.calls.call(call)).result;
  };
  const card = () =>
    until("a card is shown", async () => {
      const entries = (await host.conversations.visible()).entries();
      const found = entries.find((entry) => entry.kind === "approval" && entry.choice === undefined);
      return found?.kind === "approval" ? found : undefined;
    });
  return { ...scripted, told, send, card };
}

describe("what a plugin asks the window to do", () => {
  it("is done in the plugin's name, and told with the decision and its rule", async () => {
    const { window, done } = playedWindow();
    const { host, send, told } = await rig({ window });
    await send("ui/notify", { text: "Look.", level: "info" });
    await send("editor/open", { path: "a.ts", line: 2, endLine: 4 });
    await send("editor/open", { path: "a.ts", line: 2 });
    await send("editor/open", { path: "a.ts" });
    await send("editor/showDiff", { path: "a.ts", after: "x" });
    assert.deepEqual(done, [
      ["notify", "demo", "info", "Look."],
      ["open", "a.ts", { first: 2, last: 4 }],
      ["open", "a.ts", { first: 2, last: 2 }],
      ["open", "a.ts", undefined],
      ["showDiff", "a.ts", "x"],
    ]);
    assert.deepEqual(told.at(-1)?.data, {
      pluginId: "demo",
      service: "editor/showDiff",
      params: { path: "a.ts", after: "x" },
      decision: "allow",
    });
    assert.equal(told.length, 5);
    await refused(send("editor/open", { path: "a.ts", endLine: 3 }), "invalidParams");
    await host.stop();
  });

  it("is refused without the right, told as refused, and not done", async () => {
    const { window, done } = playedWindow();
    const { host, send, told } = await rig({ window }, sender([]));
    const failure = await refused(send("editor/open", { path: "a.ts" }), "denied");
    assert.equal(failure.details?.target, "editor/open");
    assert.deepEqual(done, []);
    assert.deepEqual(told.at(-1)?.data, {
      pluginId: "demo",
      service: "editor/open",
      params: { path: "a.ts" },
      decision: "deny",
    });
    await host.stop();
  });

  it("is a right that the manifest states, also to a line in a terminal: nobody is asked about what was not wanted", async () => {
    const { window, done } = playedWindow();
    const { host, send } = await rig({ window }, sender([]));
    const failure = await refused(send("terminal/run", { command: "npm test", wait: false }), "denied");
    assert.equal(failure.details?.rule, "default:plugin");
    assert.match(failure.todo ?? "", /State it in the manifest's wants/);
    assert.deepEqual((await host.conversations.visible()).entries(), []);
    assert.deepEqual(done, []);
    await host.stop();
  });

  it("is a right per VS Code command, and answers what of the command's answer is JSON", async () => {
    const { window, done } = playedWindow();
    const { host, send } = await rig({ window });
    const answer = await send("editor/executeCommand", { command: "demo.list", args: [1] });
    assert.deepEqual(answer, { result: { files: ["a.ts"] } });
    assert.deepEqual(done, [["executeCommand", "demo.list", [1]]]);
    await refused(send("editor/executeCommand", { command: "workbench.action.quit", args: [] }), "denied");
    assert.equal(done.length, 1);
    await host.stop();
  });

  it("is unavailable where there is no window", async () => {
    const { host, send } = await rig({});
    await refused(send("editor/open", { path: "a.ts" }), "unavailable");
    await host.stop();
  });
});

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
