import assert from "node:assert/strict";
import { FakeClock } from "../../../../src/base/clock.ts";
import { Failure } from "../../../../src/base/failure.ts";
import type { ModelEvent } from "../../../../src/core/ports.ts";
import { TokenBudget } from "../../../../src/core/services/tokenBudget.ts";
import { failureOf } from "../../../support/failures.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import type { ModelScript } from "../../../support/scriptedParts.ts";
import { until } from "../../../support/until.ts";

type Result = {
  text: string;
  finish: string;
  usage: { input: number; output: number; left: number; estimated: boolean };
};

const spends = [{ verb: "spend", target: "model", why: "for the test" }];
const ask = (content: string, more: object = {}) => ({ messages: [{ role: "user", content }], ...more });

async function rig({
  model = () => [
    { type: "text", text: "12345678" },
    { type: "end", finish: "stop" },
  ],
  wants = spends,
  budget = 100,
  vectors = [[1, 2]],
}: {
  model?: ModelScript;
  wants?: object[];
  budget?: number;
  vectors?: number[][];
}) {
  let next: { method: string; params: object } = { method: "", params: {} };
  const plugin: ScriptedPlugin = {
    manifest: { wants, offers: [{ name: "go", description: "Goes.", action: "read" }] },
    onRequest: (method, params, { send }) =>
      method === "call" ? send(next.method, { ...next.params, _meta: params._meta as object }) : null,
  };
  const embedder: ScriptedPlugin = {
    manifest: { offers: [{ name: "embed", description: "E.", action: "read", facets: { provides: "llm.embed" } }] },
    onRequest: (method) => (method === "call" ? { vectors, dimensions: 2, model: "tiny" } : null),
  };
  const clock = new FakeClock(86_400_000 * 20_000);
  const settings = { tokenBudget: () => budget };
  const { host, requests, store } = await scriptedHost({ plugins: { plugin, embedder }, model, clock, settings });
  const send = async (method: string, params: object) => {
    next = { method, params };
    const { result } = await host.calls.call({ caller: "person", to: { plugin: "plugin" }, name: "go", args: {} });
    return result as Result;
  };
  return { host, requests, store, clock, send };
}

describe("a plugin that uses the person's model", () => {
  it("gets the answer, and its tokens are estimated where the model tells none", async () => {
    const { host, requests, send } = await rig({});
    const { text, finish, usage } = await send("model/complete", ask("abcd"));
    assert.deepEqual([text, finish], ["12345678", "stop"]);
    assert.deepEqual(usage, { input: 1, output: 2, estimated: true, left: 97 });
    assert.deepEqual(requests[0]?.messages, [{ role: "user", content: "abcd" }]);
    assert.deepEqual(requests[0]?.tools, []);
    await host.stop();
  });

  it("is counted as the model counts where it does, and ends at maxTokens", async () => {
    const text = (): ModelEvent => ({ type: "text", text: "12345678" });
    const { host, send } = await rig({
      model: (_request, step) =>
        step === 1
          ? [text(), { type: "end", finish: "stop", usage: { input: 30, output: 40 } }]
          : [text(), text(), text(), { type: "end", finish: "stop" }],
    });
    assert.deepEqual((await send("model/complete", ask("x"))).usage, {
      input: 30,
      output: 40,
      estimated: false,
      left: 30,
    });
    const cut = await send("model/complete", ask("x", { maxTokens: 4 }));
    assert.deepEqual([cut.text.length, cut.finish, cut.usage.left], [16, "length", 25]);
    await host.stop();
  });

  it("needs the right to spend", async () => {
    const { host, requests, send } = await rig({ wants: [] });
    assert.equal((await failureOf(send("model/complete", ask("x")))).kind, "denied");
    assert.equal((await failureOf(send("model/embed", { texts: ["x"] }))).kind, "denied");
    assert.equal(requests.length, 0);
    await host.stop();
  });

  it("is refused over its budget before the model is asked, and again tomorrow allowed", async () => {
    const { host, requests, clock, send } = await rig({ budget: 10 });
    assert.equal((await failureOf(send("model/complete", ask("x".repeat(100))))).kind, "budgetExceeded");
    assert.equal(requests.length, 0);
    await send("model/complete", ask("x".repeat(32)));
    const refused = await failureOf(send("model/complete", ask("x")));
    assert.deepEqual([refused.kind, refused.details?.used, refused.details?.limit], ["budgetExceeded", 10, 10]);
    clock.advance(86_400_000);
    assert.equal((await send("model/complete", ask("x"))).usage.left, 7);
    await host.stop();
  });

  it("is stopped on the way where the answer grows over the budget, and what was written counts", async () => {
    const { host, store, send } = await rig({
      budget: 10,
      model: function* () {
        for (;;) yield { type: "text", text: "12345678" } as const;
      },
    });
    assert.equal((await failureOf(send("model/complete", ask("abcd")))).kind, "budgetExceeded");
    const kept = await store.getState("parley:budget", "everywhere", "bundled//plugin");
    assert.equal(JSON.parse(kept?.value ?? "{}").tokens, 11, "the piece that went over it was taken too");
    assert.equal((await failureOf(send("model/complete", ask("")))).kind, "budgetExceeded");
    await host.stop();
  });

  it("embeds by the provider of llm.embed, within the budget", async () => {
    const { host, send } = await rig({ budget: 2 });
    const answer: unknown = await send("model/embed", { texts: ["abcdefgh"] });
    const usage = { input: 2, output: 0, estimated: true, left: 0 };
    assert.deepEqual(answer, { vectors: [[1, 2]], dimensions: 2, model: "tiny", usage });
    assert.equal((await failureOf(send("model/embed", { texts: ["a"] }))).kind, "budgetExceeded");
    await host.stop();
  });

  it("is told when the provider of llm.embed answers with the wrong number of vectors", async () => {
    const { host, send } = await rig({});
    assert.equal((await failureOf(send("model/embed", { texts: ["a", "b"] }))).kind, "unavailable");
    await host.stop();
  });
});

describe("a token budget", () => {
  it("counts over windows, and what runs at the same time", async () => {
    const store = new MemoryStore();
    const clock = new FakeClock(5);
    const window = () => new TokenBudget({ store, clock, limit: () => 100 });
    const [one, other] = [window(), window()];
    const [first, second] = [await one.open("p", 40), await one.open("p", 40)];
    await assert.rejects(one.open("p", 30), { kind: "budgetExceeded" });
    const third = await other.open("p", 10);
    await Promise.all([first.settle(40), second.settle(10), third.settle(10)]);
    const kept = await store.getState("parley:budget", "everywhere", "p");
    assert.equal(JSON.parse(kept?.value ?? "{}").tokens, 60, "no window overwrote another");
    await assert.rejects(other.open("p", 41), { kind: "budgetExceeded" });
    await other.open("q", 100);
    await other.open("p", 100, "user/somebody/p");
  });

  it("holds in this window what cannot be written", async () => {
    const store = new MemoryStore();
    const budget = new TokenBudget({ store, clock: new FakeClock(5), limit: () => 100 });
    const spending = await budget.open("p", 10);
    store.failing = new Failure("unavailable", "The disk is full.");
    assert.equal(await spending.settle(90), 10);
    await assert.rejects(budget.open("p", 20), { kind: "budgetExceeded" });
  });
});

describe("an intercept that uses a model while it is asked about one", () => {
  const intercepting = (name: string, point: string, use: (send: Send) => Promise<unknown>): ScriptedPlugin => ({
    manifest: {
      wants: [...spends, { verb: "intercept", target: "*", why: "for the test" }],
      intercepts: [{ point }],
      activation: ["onStartup"],
    },
    initialize: { intercepts: [{ point, phase: "before", handle: name }] },
    onRequest: async (method, _params, { send }) => {
      if (method !== "intercept") return {};
      asked.push(name);
      await use(send);
      return { decision: "allow" };
    },
  });
  type Send = (method: string, params: Record<string, unknown>) => Promise<unknown>;
  let asked: string[] = [];
  const complete = (send: Send) => send("model/complete", ask("Is this fine?"));
  const embed = (send: Send) => send("model/embed", { texts: ["Is this fine?"] });
  const provider: ScriptedPlugin = {
    manifest: {
      offers: [
        { name: "chat", description: "C.", action: "read", timeout: 600_000, facets: { provides: "llm.chat" } },
        { name: "embed", description: "E.", action: "read", facets: { provides: "llm.embed" } },
      ],
    },
    onRequest: (_method, { name }) =>
      name === "embed"
        ? { vectors: [[1]], dimensions: 1, model: "tiny" }
        : { text: "Yes.", toolCalls: [], finish: "stop", model: "m", kind: "rules" },
  };
  const turn = async (plugins: Record<string, ScriptedPlugin>) => {
    asked = [];
    const { host } = await scriptedHost({ plugins: { llmserver: provider, ...plugins }, guided: true });
    await until("they run", () => Object.keys(plugins).every((name) => host.supervisor.running(name) !== undefined));
    const { id } = await host.conversations.visible();
    await host.agent.say(id, "Hello.", "send");
    await until("the turn is over", () => host.agent.state(id) === "idle");
    const said = (host.conversations.get(id)?.items() ?? []).flatMap((item) =>
      item.kind === "message" ? item.content : item.kind === "notice" ? item.text : [],
    );
    await host.stop();
    return said;
  };

  it("is asked once: what another plugin does for it is its own doing", async () => {
    for (const [point, use] of [
      ["model", complete],
      ["offer:llmserver/chat", complete],
      ["offer:llmserver/*", embed],
    ] as const) {
      assert.deepEqual(await turn({ gate: intercepting("gate", point, use) }), ["Hello.", "Yes."], point);
      assert.deepEqual(asked, ["gate"], point);
    }
  });

  it("and another that does so too end: they are asked about each other's eight deep", async () => {
    const point = "offer:llmserver/chat";
    const said = await turn({ one: intercepting("one", point, complete), two: intercepting("two", point, complete) });
    assert.ok(asked.length < 100, `asked ${asked.length} times`);
    assert.equal(said[0], "Hello.");
  });
});
