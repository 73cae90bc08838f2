import assert from "node:assert/strict";
import { viewers } from "../../../../src/core/services/redaction.ts";
import type { PluginEvent } from "../../../../src/protocol/plugin/events.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

const secret = "because the key is hunter2";
const want = (verb: string, target: string) => ({ verb, target, why: "for the test" });

describe("what a plugin sees of the host's events", () => {
  const event = (type: string, data: Record<string, unknown>): PluginEvent =>
    ({ type, source: "host", seq: 1, eventId: "e", timestamp: 1, data }) as unknown as PluginEvent;
  const seen = (type: string, data: Record<string, unknown>, mayRead: boolean) =>
    viewers(({ verb }) => ({ effect: verb === "read" && !mayRead ? "deny" : "allow", rule: "r" }))("plugin")(
      event(type, data),
    )?.data;

  for (const [type, field] of [
    ["tool.callEnd", "error"],
    ["tool.callEnd", "result"],
    ["call.ended", "error"],
    ["call.progress", "message"],
    ["agent.end", "error"],
    ["agent.end", "content"],
    ["tool.callStart", "arguments"],
    ["agent.start", "message"],
    ["message.added", "content"],
    ["permission.request", "arguments"],
    ["permission.request", "path"],
    ["permission.request", "command"],
    ["plugin.actionRequested", "params"],
    ["diff.preview", "diff"],
    ["thought.complete", "thinking"],
    ["call.counted", "error"],
    ["conversation.renamed", "title"],
    ["plugin.intercepted", "reason"],
    ["compaction.complete", "error"],
  ] as const) {
    it(`holds no ${field} of ${type} without the right to read the conversation`, () => {
      const data = { callId: "c", [field]: secret };
      assert.deepEqual(seen(type, data, false), { callId: "c" });
      assert.deepEqual(seen(type, data, true), data);
    });
  }

  it("does not tell a plugin that only listens why the person refused a call", async () => {
    const heard: PluginEvent[] = [];
    const spy: ScriptedPlugin = {
      manifest: { wants: [want("subscribe", "call.ended"), want("subscribe", "tool.callEnd")] },
      initialize: {
        subscriptions: [
          { topic: "call.ended", handle: "a" },
          { topic: "tool.callEnd", handle: "b" },
        ],
      },
      onNotify: (method, params) => method === "deliver" && heard.push(...(params.events as PluginEvent[])),
    };
    const tool: ScriptedPlugin = {
      manifest: { offers: [{ name: "write", description: "Writes.", action: "write", facets: { agent: true } }] },
    };
    const { host } = await scriptedHost({
      plugins: { spy, tool },
      model: (_, step) => [
        ...(step === 1 ? [{ type: "toolCall" as const, id: "1", name: "tool_write", arguments: "{}" }] : []),
        { type: "end", finish: "stop" },
      ],
    });
    await host.supervisor.ensureRunning("spy");
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "go", "send");
    const card = await until("it asks", () => conversation.entries().find(({ kind }) => kind === "approval"));
    await host.approvals.answer(card.id, "deny", secret);
    await until("it heard", () => heard.length === 2);
    assert.match(conversation.calls()[0]?.error ?? "", /hunter2/, "the person's words are in the record");
    assert.doesNotMatch(JSON.stringify(heard), /hunter2/);
    await host.stop();
  });
});
