import assert from "node:assert/strict";
import type { FakeHost, FakeHostOptions } from "../../support/fakeHost.ts";
import { FakeState } from "../../support/fakeState.ts";
import { until } from "../../support/until.ts";
import { startPlugin } from "./packages.ts";

describe("conversation-monitor", function () {
  this.timeout(15_000);
  let host: FakeHost;

  const start = async (options: Omit<FakeHostOptions, "entry"> = {}) => {
    host = await startPlugin("conversation-monitor", options);
  };
  afterEach(() => host.kill());

  const message = (conversation: string, words = 3) =>
    host.event("message.added", { messageId: "m", role: "user", words }, { conversation });
  const tool = (conversation: string, success: boolean) =>
    host.event("tool.callEnd", { callId: "k", toolName: "t", plugin: "p", success }, { conversation });
  const zero = { messages: 0, words: 0, tool_calls: 0, errors: 0, turns: 0 };

  it("counts by conversation, and in all", async () => {
    await start();
    for (let n = 0; n < 3; n++) await message("c1", 4);
    await message("c2", 5);
    await tool("c1", true);
    await tool("c1", false);
    await host.event("agent.end", { instanceId: "i", content: "Done." }, { conversation: "c1" });
    await host.event("agent.end", { instanceId: "i", error: "No model." }, { conversation: "c1" });
    await host.event("message.added", { messageId: "m", role: "user", words: 9 });
    const c1 = { conversation: "c1", messages: 3, words: 12, tool_calls: 2, errors: 2, turns: 2 };
    assert.deepEqual(await host.call("get_stats", {}, { conversation: "c1" }), c1);
    assert.deepEqual(await host.call("get_stats", { conversation: "c2" }), {
      ...zero,
      conversation: "c2",
      messages: 1,
      words: 5,
    });
    const all = { conversations: 2, messages: 4, words: 17, tool_calls: 2, errors: 2, turns: 2 };
    assert.deepEqual(await host.call("get_stats", { all: true }), all);
  });

  it("begins anew when it is reset", async () => {
    await start();
    await message("c1");
    await message("c2");
    assert.deepEqual(await host.call("reset_stats", {}, { conversation: "c1" }), { reset: 1 });
    assert.deepEqual(await host.call("get_stats", {}, { conversation: "c1" }), { conversation: "c1", ...zero });
    assert.deepEqual(await host.call("get_stats", { all: true }), { conversations: 2, ...zero, messages: 1, words: 3 });
    assert.deepEqual(await host.call("reset_stats", { all: true }), { reset: 2 });
    await assert.rejects(host.call("reset_stats", {}), /no conversation to reset/);
  });

  it("says once when a conversation passes the threshold, and publishes it", async () => {
    await start({ config: { thresholdMessages: 3 } });
    await message("c1");
    await message("c1");
    await message("c2");
    assert.equal(host.sent("conversation/addMessage").length, 0);
    for (let n = 0; n < 3; n++) await message("c1");
    const [notice, ...more] = host.sent("conversation/addMessage");
    assert.deepEqual(more, []);
    assert.match(String(notice?.content), /3 messages and 9 words/);
    assert.deepEqual([notice?.conversation, notice?.intent], ["c1", "notify"]);
    const emitted = host.sent("publish").filter(({ topic }) => topic === "monitor.threshold");
    assert.deepEqual(
      emitted.map(({ data, show }) => ({ data, show })),
      [{ data: { conversation: "c1", threshold: 3, messages: 3 }, show: true }],
    );
  });

  it("gives notice after ten messages unless told, and never at zero", async () => {
    await start();
    for (let n = 0; n < 10; n++) await message("c1");
    assert.equal(host.sent("conversation/addMessage").length, 1);
    host.kill();
    await start({ config: { thresholdMessages: 0 } });
    for (let n = 0; n < 12; n++) await message("c1");
    assert.equal(host.sent("conversation/addMessage").length, 0);
  });

  it("keeps its counts over a restart, and over a crash a second after the last change", async () => {
    const state = new FakeState();
    await start({ state, config: { thresholdMessages: 2 } });
    await message("c1");
    await message("c1");
    assert.equal(await host.stop(), 0);
    await start({ state, config: { thresholdMessages: 2 } });
    await message("c1");
    assert.equal(host.sent("conversation/addMessage").length, 0, "what was said before the restart is not said again");
    const kept = () => state.get({ scope: "plugin", key: "stats:c1" }).value as { messages: number };
    await until("it is written", () => kept().messages === 3);
    host.kill();
    await start({ state });
    const counts = await host.call<{ messages: number }>("get_stats", {}, { conversation: "c1" });
    assert.equal(counts.messages, 3);
  });

  it("reports on the conversation, from its own counts and what it reads there", async () => {
    await start();
    await message("c1", 7);
    const steps: unknown[] = [];
    const onProgress = ({ percentage }: { percentage?: number }) => void steps.push(percentage);
    const answer = await host.call<{ report: string }>("report", {}, { conversation: "c1" }, { onProgress });
    assert.match(answer.report, /- messages: 1\n- words: 7\n/);
    assert.match(answer.report, /- longest message: 12 characters, by the user/);
    assert.ok(steps.length > 0);
    assert.deepEqual(host.sent("conversation/context").at(-1)?.include, ["messages", "usage"]);
  });

  it("runs its periodic report as a detached call to itself", async () => {
    await start({ config: { reportEveryMinutes: 0.002 } });
    await message("c1");
    await until("a report ran", () => host.sent("conversation/context").length > 0);
    const call = host.sent("call")[0];
    assert.deepEqual([call?.to, call?.name, call?.detach], [{ plugin: "conversation-monitor" }, "report", true]);
    await until("it is told of", () => host.published("monitor.report").length > 0);
  });
});
