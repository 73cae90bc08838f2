/** What is asked at a point may have to wait for a person, on raw frames: no clock of what waits for it runs meanwhile. */
import assert from "node:assert/strict";
import { FakeClock } from "../../../src/base/clock.ts";
import { unanswered } from "../../support/puppet.ts";
import { offered, startPuppets } from "../../support/puppets.ts";
import { metaOf, type RawMessage } from "../../support/rawEnd.ts";
import { until } from "../../support/until.ts";

const interceptMs = 400;
const go = { to: { plugin: "target" }, name: "go", args: {} };

describe("an intercept that waits for a person", function () {
  this.timeout(60_000);

  /** What a person answers comes when all times would be over that run meanwhile; whoever waits stands still by then. */
  const answersLate = (clock: FakeClock) => (answer: () => unknown) =>
    void setImmediate(() => {
      clock.advance(interceptMs + 300);
      answer();
    });

  /** `gate` does what `ask` says before it allows. */
  async function start(ask: (gate: { request(method: string, params: unknown): Promise<RawMessage> }) => unknown) {
    const clock = new FakeClock(Date.now());
    const answered = answersLate(clock);
    const { real, puppets, stop } = await startPuppets(
      {
        caller: {},
        target: { offers: [offered("go"), offered("other", { action: "write" })] },
        between: { offers: [offered("go")] },
        gate: {},
      },
      {
        clock,
        settings: { limits: () => ({ interceptMs }) },
        window: {
          ask: () => new Promise<string>((resolve) => answered(() => resolve("Yes"))),
        } as never,
        prepare({ gate }) {
          gate.declares = { intercepts: [{ handle: "h", point: "offer:target/go" }] };
        },
      },
    );
    const { gate, between } = puppets;
    await real.host.rules.addPersonRule({ who: "*", verb: "call", target: "target/other", effect: "ask" });
    await real.host.rules.addPersonRule({ who: "*", verb: "act", target: "ui/ask", effect: "allow" });
    real.host.bus.on("permission.request", ({ data }) => {
      answered(() => real.host.approvals.answer((data as { requestId: string }).requestId, "once"));
    });
    between.answers.call = (_params, message) => {
      const { callId } = metaOf(message);
      const inner = { to: { plugin: "target" }, name: "other", args: {}, _meta: { callId } };
      void between.request("call", inner).then(({ result }) => between.answerTo(message, result));
      return unanswered;
    };
    gate.answers.intercept = (_params, message) => {
      void Promise.resolve(ask(gate)).then(() => gate.answerTo(message, { decision: "allow" }));
      return unanswered;
    };
    return { caller: puppets.caller, stop };
  }

  it("by a question of its own has its time afterwards, and so have its caller and theirs", async () => {
    const { caller, stop } = await start((gate) =>
      gate.request("ui/ask", { question: "Really?", choices: [{ title: "Yes" }, { title: "No" }] }),
    );
    const { result, error } = await caller.request("call", { ...go, _meta: { deadlineMs: 600 } });
    assert.deepEqual([result, error], [{}, undefined]);
    await stop();
  });

  it("because of a call that it makes, also in a chain, has its time afterwards", async () => {
    for (const plugin of ["target", "between"]) {
      const name = plugin === "target" ? "other" : "go";
      const { caller, stop } = await start((gate) => gate.request("call", { to: { plugin }, name, args: {} }));
      const { result, error } = await caller.request("call", { ...go, _meta: { deadlineMs: 600 } });
      assert.deepEqual([result, error], [{}, undefined]);
      await stop();
    }
  });

  it("but not because of a call in the background: it does not wait for that", async () => {
    const { caller, stop } = await start(async (gate) => {
      await gate.request("call", { to: { plugin: "target" }, name: "other", args: {}, detach: true });
      await new Promise(() => {});
    });
    const { error } = await caller.request("call", go);
    assert.deepEqual([error?.data?.reason, error?.data?.by], ["blocked", "gate"]);
    await stop();
  });

  it("about a message that is said inside a call leaves that call its time too", async () => {
    for (const how of ["the host", "the gate"]) {
      const clock = new FakeClock(Date.now());
      const answered = answersLate(clock);
      const { real, puppets, stop } = await startPuppets(
        { caller: {}, target: { offers: [offered("go", { timeout: 400 })] }, gate: {} },
        {
          clock,
          settings: { limits: () => ({ interceptMs }) },
          window: { ask: () => new Promise<string>((resolve) => answered(() => resolve("Yes"))) } as never,
          prepare({ gate }) {
            gate.declares = { intercepts: [{ handle: "h", point: "message" }] };
          },
        },
      );
      const { caller, target, gate } = puppets;
      await real.host.rules.addPersonRule({ who: "*", verb: "act", target: "ui/ask", effect: "allow" });
      real.host.bus.on("permission.request", ({ data }) => {
        const { requestId } = data as { requestId: string };
        answered(() => real.host.approvals.answer(requestId, "once"));
      });
      gate.answers.intercept = (_params, message) => {
        if (how === "the host") return { decision: "ask", reason: "Look." };
        const question = { question: "Really?", choices: [{ title: "Yes" }] };
        void gate.request("ui/ask", question).then(() => gate.answerTo(message, { decision: "allow" }));
        return unanswered;
      };
      target.answers.call = (_params, message) => {
        const { callId } = metaOf(message);
        const said = { role: "assistant", content: "hello", intent: "notify", _meta: { callId } };
        void target
          .request("conversation/addMessage", said)
          .then(({ result }) => target.answerTo(message, (result as { state: string }).state));
        return unanswered;
      };
      const { result, error } = await caller.request("call", go);
      assert.deepEqual([result, error], ["added", undefined], `asked by ${how}`);
      await stop();
    }
  });

  it("has its time afterwards also where each of two guards what the other calls", async () => {
    const intercepts = [{ handle: "h", point: "call" }];
    const { real, puppets, stop } = await startPuppets(
      { target: { offers: [offered("go")] }, one: {}, other: {} },
      {
        settings: { limits: () => ({ interceptMs }) },
        window: { ask: async () => "Yes" } as never,
        prepare({ one, other }) {
          one.declares = { intercepts };
          other.declares = { intercepts };
        },
      },
    );
    await real.host.rules.addPersonRule({ who: "*", verb: "act", target: "ui/ask", effect: "allow" });
    const { one, other } = puppets;
    const guarded = new Map<string, RawMessage>();
    for (const [name, plugin] of Object.entries({ one, other }))
      plugin.answers.intercept = (_params, message) => {
        guarded.set(name, message);
        return unanswered;
      };
    const calls = [one.request("call", go), other.request("call", go)];
    await until("each is asked about the other's call", () => guarded.size === 2);
    const { result, error } = await one.request("ui/ask", { question: "Really?", choices: [{ title: "Yes" }] });
    for (const [name, plugin] of Object.entries({ one, other }))
      plugin.answerTo(guarded.get(name) as RawMessage, { decision: "allow" });
    assert.deepEqual([result, error], [{ choice: "Yes", state: "answered" }, undefined]);
    for (const answer of await Promise.all(calls)) assert.deepEqual([answer.result, answer.error], [{}, undefined]);
    await stop();
  });
});
