import assert from "node:assert/strict";
import { refused } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import type { Case } from "./cases.ts";

interface Heard {
  heard: { type: string; data: unknown; source: string }[];
  lost: unknown[];
}

export const events: Case[] = [
  {
    title: "declares in initialize what it offers, hears and guards",
    async run({ answer }) {
      assert.equal(answer?.protocolVersion, 1);
      assert.equal(answer?.plugin.name, "echo");
      const names = answer?.offers?.map(({ name }) => name) ?? [];
      assert.ok(
        names.includes("echo") && !names.includes("static"),
        "what the manifest declares is not declared again",
      );
      const echo = answer?.offers?.find(({ name }) => name === "echo");
      assert.deepEqual([echo?.action, echo?.facets], ["read", { agent: true }]);
      const [test, other] = answer?.subscriptions ?? [];
      assert.deepEqual(
        [test?.topic, test?.group, test?.whenSlow, other?.topic],
        ["test.>", "echoes", "ack", "other.news"],
      );
      const [deny, gate, saw] = answer?.intercepts ?? [];
      assert.deepEqual([deny?.match, deny?.onFailure, gate?.order, saw?.phase], ["danger/*", "block", -1, "after"]);
      const all = [...(answer?.offers ?? []), ...(answer?.subscriptions ?? []), ...(answer?.intercepts ?? [])];
      assert.equal(
        new Set(all.map(({ handle }) => handle)).size,
        all.length,
        "every declaration has a handle of its own",
      );
      assert.ok(all.every(({ handle }) => handle));
      assert.equal(answer?.capabilities.configApply, false);
    },
  },
  {
    title: "is ready after initialized and knows what the host said",
    own: { config: { colour: "green" } },
    async run(host) {
      await until("it says so", () => host.published("echo.ready").length === 1);
      assert.deepEqual(host.published("echo.ready"), [{ id: "echo" }]);
      assert.deepEqual(await host.call("known"), { id: "echo", config: { colour: "green" } });
    },
  },
  {
    title: "handles the events of a delivery in order and acknowledges after them; a failing handler hurts no other",
    own: {},
    async run(host) {
      const [test] = host.subscriptions();
      const event = (seq: number, data: unknown) => ({
        seq,
        type: `test.n${seq}`,
        source: "other",
        timestamp: 5,
        data,
      });
      const events = [event(1, 1), event(2, { boom: true }), event(3, 3)];
      const lost = { from: 4, to: 9, count: 6 };
      await host.connection.request("deliver", { subscription: test?.handle ?? "", events, lost });
      await until("the loss is told", async () => (await host.call<Heard>("heard")).lost.length === 1);
      assert.deepEqual(await host.call("heard"), {
        heard: [
          { type: "test.n1", data: 1, source: "other" },
          { type: "test.n3", data: 3, source: "other" },
        ],
        lost: [lost],
      });
      await until("the failure is logged", () =>
        JSON.stringify(host.published("self.log")).includes("a broken handler"),
      );
    },
  },
  {
    title: "takes a delivery that wants no answer",
    own: {},
    async run(host) {
      const other = host.subscriptions().find(({ topic }) => topic === "other.news");
      const event = { seq: 1, type: "other.news", source: "other", timestamp: 5, data: "fresh" };
      host.connection.notify("deliver", { subscription: other?.handle ?? "", events: [event] });
      const { heard } = await until("it is heard", async () => {
        const answer = await host.call<Heard>("heard");
        return answer.heard.length > 0 && answer;
      });
      assert.deepEqual(heard, [{ type: "other.news", data: "fresh", source: "other" }]);
    },
  },
  {
    title: "refuses a delivery for a subscription that it does not have",
    async run(host) {
      await refused(host.connection.request("deliver", { subscription: "nobody", events: [] }), "notFound");
    },
  },
  {
    title: "registers what it declares later, and takes it back",
    async run(host) {
      await host.call("learn", { name: "extra" });
      const registered = host.sent("register").at(-1)?.offer;
      assert.deepEqual(registered, { name: "extra", description: "Learned later.", action: "read" });
      assert.equal(await host.call("extra"), "extra learned");
      await host.call("unlearn", { name: "extra" });
      await until("it is taken back", () => host.sent("unregister").length === 1);
      await refused(host.call("extra"), "notFound");
    },
  },
  {
    title: "hears what it subscribes to later, even when the event comes with the answer",
    async run(host) {
      const event = { seq: 1, type: "late.one", source: "other", timestamp: 5, data: { n: 1 } };
      host.onRegistered = (subscription) => host.connection.notify("deliver", { subscription, events: [event] });
      await host.call("listen", { topic: "late.*" });
      host.onRegistered = () => {};
      await host.event("late.two", { n: 2 });
      const { heard } = await host.call<Heard>("heard");
      assert.deepEqual(heard.slice(-2), [
        { type: "late.one", data: { n: 1 }, source: "other" },
        { type: "late.two", data: { n: 2 }, source: "host" },
      ]);
    },
  },
];

const tool = (plugin: string, args: Record<string, unknown>) => ({
  point: "tool",
  phase: "before" as const,
  invocation: "i1",
  subject: { plugin, name: "run", action: "read", args },
});

export const intercepts: Case[] = [
  {
    title: "allows, changes, asks, answers and denies",
    async run(host) {
      const ask = (plugin: string, args = {}) => host.connection.request("intercept", tool(plugin, args));
      assert.deepEqual(await ask("safe"), { decision: "allow" });
      assert.deepEqual(await ask("safe", { mode: "rewrite", n: 1 }), {
        decision: "allow",
        updated: { args: { n: 1, rewritten: true } },
        context: "It was changed.",
      });
      assert.deepEqual(await ask("safe", { mode: "ask" }), { decision: "ask", reason: "please look" });
      assert.deepEqual(await ask("safe", { mode: "answer" }), { decision: "answer", answer: { from: "intercept" } });
      const denied = await ask("danger");
      assert.deepEqual([denied.decision, denied.reason], ["deny", "too dangerous"]);
    },
  },
  {
    title: "asks only the intercept that the host names",
    async run(host) {
      const [deny, gate] = host.answer?.intercepts ?? [];
      const ask = (handle?: string) =>
        host.connection.request("intercept", { ...tool("danger", { mode: "ask" }), handle });
      assert.equal((await ask(deny?.handle)).decision, "deny");
      assert.equal((await ask(gate?.handle)).decision, "ask");
    },
  },
  {
    title: "fails a crashed gate without its text, so that the point's own rule decides",
    async run(host) {
      const failure = await refused(host.connection.request("intercept", tool("safe", { mode: "crash" })), "internal");
      assert.doesNotMatch(failure.message, /broken gate/);
      await until("it is logged", () => JSON.stringify(host.published("self.log")).includes("a broken gate"));
    },
  },
  {
    title: "speaks from inside an intercept with its context",
    async run(host) {
      const subject = { role: "assistant", content: "Done." };
      const params = {
        point: "message",
        phase: "after" as const,
        invocation: "i9",
        subject,
        _meta: { conversation: "c5" },
      };
      assert.deepEqual(await host.connection.request("intercept", params), { decision: "allow" });
      const sent = host.sent("publish").find(({ topic }) => topic === "echo.saw");
      assert.deepEqual([sent?.data, sent?._meta], [{ invocation: "i9" }, { conversation: "c5" }]);
    },
  },
];
