import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import type { PluginEvent } from "../../../../src/protocol/plugin/events.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

type Params = Record<string, unknown>;
type Send = (method: string, params: Params) => Promise<unknown>;

const want = (verb: string, target: string, action?: string) => ({
  verb,
  target,
  why: "for the test",
  ...(action ? { action } : {}),
});
const go = { name: "go", description: "Goes.", action: "read" };
const failure =
  (kind: string, message = /./) =>
  (error: unknown) =>
    error instanceof Failure && error.kind === kind && message.test(error.message);

describe("what the host does for plugins", () => {
  /** A host with one plugin that runs, and how it sends. */
  const start = async (
    manifest: Params,
    more: Partial<ScriptedPlugin> = {},
    others: Record<string, ScriptedPlugin> = {},
  ) => {
    let send: Send | undefined;
    const delivered: { subscription: string; events: PluginEvent[] }[] = [];
    const plugin: ScriptedPlugin = {
      ...more,
      manifest: { offers: [go], ...manifest },
      onRequest(method, params, tools) {
        send = tools.send;
        return more.onRequest?.(method, params, tools) ?? {};
      },
      onNotify: (method, params) => method === "deliver" && delivered.push(params as never),
    };
    const scripted = await scriptedHost({ plugins: { plugin, ...others } });
    await scripted.host.calls.call({ caller: "person", to: { plugin: "plugin" }, name: "go", args: {} });
    return {
      ...scripted,
      delivered,
      send: async (method: string, params: Params) => {
        assert.ok(send);
        return (await send(method, params)) as Params;
      },
    };
  };

  describe("offers/list", () => {
    const others = {
      chat: { manifest: { offers: [{ ...go, name: "chat", facets: { provides: "llm.chat" } }] } },
      broken: { manifest: { offers: [{ ...go, name: "never" }] } },
    };
    const list = async (params: Params) => {
      const made = await start({ wants: [want("read", "offers")] }, {}, others);
      made.host.supervisor.setDisabled("broken", true);
      const listed = await made.send("offers/list", params);
      await made.host.stop();
      return listed as { offers: Params[]; plugins: string[] };
    };

    it("tells of all, and whether each can be called now or why not", async () => {
      const { offers, plugins } = await list({});
      assert.deepEqual(plugins, ["broken", "chat", "plugin"]);
      assert.deepEqual(
        offers.map(({ plugin, name, state }) => [plugin, name, state]),
        [
          ["broken", "never", "unavailable"],
          ["chat", "chat", "startable"],
          ["plugin", "go", "running"],
        ],
      );
      assert.match(String(offers[0]?.reason), /"broken" is disabled/);
      assert.equal(offers[2]?.version, "1.0.0");
    });

    it("finds by plugin and by capability", async () => {
      assert.deepEqual(
        (await list({ plugin: "plugin" })).offers.map(({ name }) => name),
        ["go"],
      );
      assert.deepEqual(
        (await list({ provides: "llm.chat" })).offers.map(({ name }) => name),
        ["chat"],
      );
      assert.deepEqual((await list({ provides: "llm.embed" })).offers, []);
    });
  });

  describe("register", () => {
    it("adds offers, subscriptions and intercepts that end with unregister, and gives each a handle", async () => {
      const made = await start({
        wants: [want("subscribe", "bell.>"), want("intercept", "tool")],
      });
      const { host, send, delivered } = made;
      const { handle } = await send("register", { offer: { name: "late", description: "Late.", action: "read" } });
      assert.ok(host.offers.find("plugin", "late"));
      const heard = await send("register", { subscription: { topic: "bell.>" } });
      await send("register", { intercept: { point: "tool", phase: "before" } });
      host.bus.publish({ type: "bell.rings", source: "host", data: 1 });
      await until("it heard", () => delivered.length === 1);
      assert.equal(delivered[0]?.subscription, heard.handle);
      assert.deepEqual(await send("unregister", { handle: heard.handle }), {});
      host.bus.publish({ type: "bell.rings", source: "host", data: 2 });
      await send("unregister", { handle });
      assert.equal(host.offers.find("plugin", "late"), undefined);
      assert.equal(delivered.length, 1);
      await assert.rejects(send("unregister", { handle }), failure("notFound", /no registration/));
      await host.stop();
    });

    it("refuses what was not granted, and an offer of another action than its manifest's", async () => {
      const { host, send } = await start({});
      await assert.rejects(send("register", { subscription: { topic: "agent.>" } }), failure("denied"));
      await assert.rejects(send("register", { intercept: { point: "tool", phase: "before" } }), failure("denied"));
      await assert.rejects(
        send("register", { offer: { ...go, action: "delete" } }),
        failure("conflict", /declared as "read" in its manifest and registered as "delete"/),
      );
      await host.stop();
    });

    for (const [what, offers, expected] of [
      [
        "a handle twice",
        ["a", "b"].map((name) => ({ ...go, name, handle: "same" })),
        /The handle "same" is taken\. Give each registration a handle of its own\./,
      ],
      [
        "another action than its manifest",
        [{ ...go, action: "write", handle: "h" }],
        /declared as "read" .* Give both the same action\./,
      ],
    ] as const) {
      it(`ends a plugin for good that states ${what} when it starts, and says what is wrong`, async () => {
        const plugin: ScriptedPlugin = { manifest: { offers: [go] }, initialize: { offers: offers as never } };
        const { host } = await scriptedHost({ plugins: { plugin } });
        await assert.rejects(host.supervisor.ensureRunning("plugin"), failure("unavailable", expected));
        const view = host.supervisor.view("plugin");
        assert.equal(view?.process, "failed");
        assert.equal(view?.epoch, 1, "trying again would not help");
        assert.match(view?.problem ?? "", expected);
        await host.stop();
      });
    }

    it("leaves out of initialize's answer what was not granted, and says so in the activity", async () => {
      const { host } = await start({}, { initialize: { subscriptions: [{ topic: "agent.>", handle: "s" }] } });
      const line = await until("it is said", () =>
        host.activity.entries().find(({ type }) => type === "permission.refused"),
      );
      assert.match(line.text, /^plugin may not subscribe agent\.> \(/);
      assert.equal(line.level, "error");
      await host.stop();
    });

    it("delivers with a request where the subscription acknowledges", async () => {
      const requests: Params[] = [];
      const { host, send } = await start(
        { wants: [want("subscribe", "bell.>")] },
        { onRequest: (method, params) => (method === "deliver" ? void requests.push(params) : {}) },
      );
      await send("register", { subscription: { topic: "bell.>", whenSlow: "ack" } });
      host.bus.publish({ type: "bell.rings", source: "host", data: 1 });
      await until("it was asked", () => requests.length === 1);
      await host.stop();
    });

    it("holds an intercept that answers with nonsense for a failure, and asks nobody whose right was revoked", async () => {
      let asked = 0;
      const { host, send } = await start(
        { wants: [want("intercept", "message")] },
        {
          onRequest: (method) => {
            if (method !== "intercept") return {};
            asked++;
            return { decision: "perhaps" };
          },
        },
      );
      await send("register", { intercept: { point: "message", phase: "before", onFailure: "allow" } });
      const conversation = await host.conversations.visible();
      await host.agent.say(conversation.id, "hello", "send");
      assert.equal(asked, 1);
      assert.ok(conversation.items().some((item) => item.kind === "message" && item.content === "hello"));
      await until("the turn ended", () => host.agent.state(conversation.id) === "idle");
      const grant = host.rules.grantsOf("plugin").find(({ verb }) => verb === "intercept");
      await host.rules.setGranted(grant?.id ?? "", false);
      await host.agent.say(conversation.id, "again", "send");
      assert.equal(asked, 1);
      await host.stop();
    });
  });

  describe("publish", () => {
    it("stamps the source, keeps what is shown within limits, and log lines within others", async () => {
      const { host, send } = await start({ wants: [want("publish", "bell.>"), want("publish", "self.>")] });
      const { eventId } = await send("publish", { topic: "bell.rings", data: { message: "Ding." }, show: true });
      assert.equal(typeof eventId, "string");
      const shown = () => host.activity.entries().filter(({ source }) => source === "plugin");
      assert.deepEqual(
        shown().map(({ type, text }) => [type, text]),
        [["bell.rings", "Ding."]],
      );
      await send("publish", { topic: "bell.rings", data: 1 });
      assert.equal(shown().length, 1, "what is not to be shown is not");
      for (let count = 1; count < 20; count++) await send("publish", { topic: "bell.rings", data: count, show: true });
      await assert.rejects(
        send("publish", { topic: "bell.rings", data: 0, show: true }),
        failure("overloaded", /shown events/),
      );
      await send("publish", { topic: "bell.rings", data: 0 });
      await send("publish", { topic: "self.log", data: { level: "warn", message: "Careful.", fields: { n: 1 } } });
      assert.match(host.activity.logOf("plugin")[0] ?? "", /\[warn\] Careful\. \{"n":1\}$/);
      await host.stop();
    });

    it("answers the first event's id for a repeated dedupeKey, and reaches one plugin by inbox", async () => {
      const heard: Params[] = [];
      const friend: ScriptedPlugin = {
        manifest: { wants: [want("subscribe", "inbox")], offers: [go] },
        initialize: { subscriptions: [{ topic: "inbox", handle: "i" }] },
        onNotify: (method, params) => method === "deliver" && heard.push(params),
      };
      const { host, send } = await start(
        { wants: [want("publish", "bell.>"), want("publish", "inbox")] },
        {},
        { friend },
      );
      const once = await send("publish", { topic: "bell.rings", data: 1, dedupeKey: "k" });
      assert.deepEqual(await send("publish", { topic: "bell.rings", data: 2, dedupeKey: "k" }), once);
      await host.supervisor.ensureRunning("friend");
      await send("publish", { topic: "inbox", to: "friend", data: "psst" });
      await until("it heard", () => heard.length === 1);
      await assert.rejects(
        send("publish", { topic: "inbox", data: "to nobody" }),
        failure("invalidParams", /needs `to`/),
      );
      await host.stop();
    });
  });

  describe("conversation/context", () => {
    it("gives what was granted, names the rule for the rest, and pages through messages", async () => {
      const { host, send } = await start({
        wants: [want("read", "conversation/messages"), want("read", "conversation/agent")],
      });
      const conversation = await host.conversations.visible();
      for (let n = 1; n <= 5; n++) await conversation.addMessage({ role: "user", content: `m${n}` });
      const first = (await send("conversation/context", { limit: 2 })) as {
        messages: { id: string; content: string }[];
        more: boolean;
        agent: Params;
        redacted: { part: string; rule: string }[];
      };
      assert.deepEqual(
        first.messages.map(({ content }) => content),
        ["m4", "m5"],
      );
      assert.equal(first.more, true);
      assert.deepEqual(first.agent, { state: "idle", model: "Scripted", mode: "agent" });
      assert.deepEqual(
        first.redacted.map(({ part }) => part),
        ["focus", "usage"],
      );
      assert.ok(first.redacted.every(({ rule }) => rule.length > 0));
      const before = first.messages[0]?.id;
      const second = (await send("conversation/context", { include: ["messages"], limit: 10, before })) as typeof first;
      assert.deepEqual(
        second.messages.map(({ content }) => content),
        ["m1", "m2", "m3"],
      );
      assert.equal(second.more, false);
      assert.equal(second.redacted, undefined);
      await assert.rejects(
        send("conversation/context", { include: ["messages"], limit: 1, before: "gone" }),
        failure("notFound", /no message "gone"/),
      );
      await assert.rejects(send("conversation/context", { conversation: "nowhere", limit: 1 }), failure("notFound"));
      await host.stop();
    });

    it("gives all that was said of a conversation that was shortened, and the summary is no message", async () => {
      const { host, send } = await start({ wants: [want("read", "conversation/messages")] });
      const conversation = await host.conversations.visible();
      for (let n = 1; n <= 3; n++) await conversation.addMessage({ role: "user", content: `m${n}` });
      assert.equal(await host.agent.compact(conversation.id), "done");
      const { messages } = (await send("conversation/context", { include: ["messages"], limit: 9 })) as {
        messages: { content: string }[];
      };
      assert.deepEqual(
        messages.map(({ content }) => content),
        ["m1", "m2", "m3"],
      );
      assert.equal(conversation.record.messages, 3);
      await host.stop();
    });

    it("gives the focus and the tokens used", async () => {
      const { host, send } = await start({
        wants: [want("read", "conversation/focus"), want("read", "conversation/usage")],
      });
      (await host.conversations.visible()).addUsage(3, 4);
      const { focus, usage } = await send("conversation/context", { include: ["focus", "usage"], limit: 1 });
      assert.deepEqual(focus, { visibleFiles: [] });
      assert.deepEqual(usage, { input: 3, output: 4 });
      await host.stop();
    });
  });

  describe("conversation/addMessage", () => {
    it("refuses what is too large, wakes within limits, and one that an intercept holds back", async () => {
      const gate: ScriptedPlugin = {
        manifest: { wants: [want("intercept", "message")], intercepts: [{ point: "message" }] },
        initialize: { intercepts: [{ point: "message", phase: "before", handle: "m" }] },
        onRequest: (method, params) =>
          method === "intercept" && (params.subject as { content: string }).content === "bad"
            ? { decision: "deny", reason: "no" }
            : { decision: "allow" },
      };
      const { host, send } = await start(
        {
          wants: [
            want("message", "conversation/notify"),
            want("message", "conversation/context"),
            want("wake", "conversation"),
          ],
        },
        {},
        { gate },
      );
      const message = (content: string, intent = "notify") => ({ role: "assistant", content, intent });
      await assert.rejects(
        send("conversation/addMessage", message("é".repeat(33_000))),
        failure("tooLarge", /66000 bytes; 65536/),
      );
      await assert.rejects(
        send("conversation/addMessage", message("bad")),
        failure("blocked", /A message was blocked by gate: no/),
      );
      for (let count = 0; count < 2; count++) {
        await send("conversation/addMessage", message("up", "wake"));
        await until("it rests", () => host.agent.state(host.conversations.visibleId ?? "") === "idle");
      }
      await assert.rejects(send("conversation/addMessage", message("up", "wake")), failure("overloaded", /wakes/));
      await host.stop();
    });
  });

  it("state: set, compare, list and delete, each with its right", async () => {
    const { host, send } = await start({
      wants: [want("state", "plugin", "read"), want("state", "plugin", "write"), want("state", "plugin", "delete")],
    });
    const { rev } = await send("state/set", { scope: "plugin", key: "k", value: { n: 1 } });
    const got = await send("state/get", { scope: "plugin", key: "k" });
    assert.deepEqual([got.value, got.rev], [{ n: 1 }, rev]);
    await assert.rejects(send("state/set", { scope: "plugin", key: "k", value: 2, ifRev: 99 }), failure("conflict"));
    const { keys } = (await send("state/list", { scope: "plugin", prefix: "", limit: 10 })) as { keys: Params[] };
    assert.deepEqual(
      keys.map(({ key }) => key),
      ["k"],
    );
    assert.deepEqual(await send("state/delete", { scope: "plugin", key: "k" }), { deleted: true });
    await host.stop();
  });

  it("knows no other method, and answers a ping", async () => {
    const { host, send } = await start({});
    await assert.rejects(send("host/destroy", {}), failure("methodNotFound"));
    assert.deepEqual(await send("$/ping", {}), {});
    await host.stop();
  });
});
