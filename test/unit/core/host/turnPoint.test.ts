import assert from "node:assert/strict";
import type { ModelEvent } from "../../../../src/core/ports.ts";
import { type ScriptedPlugin, scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

const end: ModelEvent = { type: "end", finish: "stop" };

describe("the intercept point of a turn", () => {
  const run = async (decide: (phase: unknown, subject: Record<string, unknown>) => object) => {
    const seen: [unknown, unknown][] = [];
    const gate: ScriptedPlugin = {
      manifest: {
        wants: [
          { verb: "intercept", target: "turn", why: "for the test" },
          { verb: "message", target: "conversation/context", why: "for the test" },
        ],
        intercepts: [{ point: "turn" }, { point: "turn", phase: "after" }],
      },
      initialize: {
        intercepts: [
          { point: "turn", phase: "before", handle: "b" },
          { point: "turn", phase: "after", handle: "a" },
        ],
      } as never,
      onRequest(method, params) {
        if (method !== "intercept") return {};
        seen.push([params.phase, params.subject]);
        return decide(params.phase, params.subject as Record<string, unknown>);
      },
    };
    const scripted = await scriptedHost({ plugins: { gate }, model: () => [{ type: "text", text: "Hello." }, end] });
    const conversation = await scripted.host.conversations.visible();
    await scripted.host.agent.say(conversation.id, "hi", "send");
    await until("the turn ended", () => scripted.host.agent.state(conversation.id) === "idle");
    const items = conversation
      .items()
      .map((item) =>
        item.kind === "message"
          ? `${item.origin?.plugin ?? item.role}: ${item.content}`
          : item.kind === "notice"
            ? item.text
            : "",
      );
    await scripted.host.stop();
    return { seen, items, requests: scripted.requests };
  };

  it("passes on both sides of the steps, with the message and what came of it", async () => {
    const { seen, items } = await run(() => ({ decision: "allow" }));
    assert.deepEqual(seen, [
      ["before", { message: "hi" }],
      ["after", { message: "hi", outcome: "Hello." }],
    ]);
    assert.deepEqual(items, ["user: hi", "assistant: Hello."]);
  });

  it("stops a turn with its reason, and no model is asked", async () => {
    const { items, requests } = await run(() => ({ decision: "deny", reason: "not on Sundays" }));
    assert.deepEqual(items, ["user: hi", "The turn was blocked by gate: not on Sundays"]);
    assert.equal(requests.length, 0);
  });

  it("answers in the model's place, under its own name", async () => {
    const { items, requests } = await run((phase) =>
      phase === "before" ? { decision: "answer", answer: "From the cache." } : { decision: "allow" },
    );
    assert.deepEqual(items, ["user: hi", "gate: From the cache."]);
    assert.equal(requests.length, 0);
  });

  it("adds what the model shall know, fenced", async () => {
    const { items, requests } = await run((phase) => ({
      decision: "allow",
      ...(phase === "before" ? { context: "It is Sunday." } : {}),
    }));
    assert.deepEqual(items, ["user: hi", "gate: It is Sunday.", "assistant: Hello."]);
    assert.match(requests[0]?.messages.at(-1)?.content ?? "", /<plugin-message plugin="gate".*\n?It is Sunday\./s);
  });
});
