import assert from "node:assert/strict";
import { failureOf } from "../../support/failures.ts";
import { goOffer, putPackage } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { assertWorks, call, end, errorsOf, hosts, say, toolAnswers, turn, use } from "./rig.ts";

const wants = [{ verb: "subscribe", target: "bell.>", why: "to hear the bell" }];
const member = { run: { runtime: "node", entry: "./member.mjs" }, offers: [goOffer], wants };

describe("a plugin that is killed in mid-call", () => {
  const { open, stopAll } = hosts();
  afterEach(stopAll);

  const packages = (folder: string) => {
    putPackage(folder, "good");
    putPackage(folder, "victim", { parley: member });
  };

  it("ends the agent's call with a clear error, the turn goes on, and it is back within 2 s with all it had", async () => {
    const real = await open({
      packages,
      model: (_request, step) => (step === 1 ? [use("victim_go", { wait: true }), end] : [say("It was killed."), end]),
    });
    const { host } = real;
    const first = await host.supervisor.ensureRunning("victim");
    const ended = turn(real);
    const conversation = await host.conversations.visible();
    await until("the call runs", () => conversation.calls()[0]?.status === "running");
    assert.ok(first.pid);
    const killedAt = Date.now();
    process.kill(first.pid, "SIGKILL");
    await ended;
    assert.equal(conversation.calls()[0]?.status, "failed");
    assert.match(conversation.calls()[0]?.error ?? "", /SIGKILL/);
    assert.match(toolAnswers(real, 2)[0] ?? "", /SIGKILL/, "the model reads it too");
    assert.deepEqual(
      conversation.items().flatMap((item) => (item.kind === "message" && item.content === "" ? [] : [item.kind])),
      ["message", "tool", "message"],
      "one row says it, no notice beside it",
    );
    await until("it is back", () => host.supervisor.running("victim")?.epoch === 2, { timeoutMs: 2_000 });
    assert.ok(Date.now() - killedAt < 2_000, `${Date.now() - killedAt} ms`);
    assert.deepEqual(await call(real, "victim", { name: "late" }), { echo: {}, name: "late" });
    host.bus.publish({ type: "bell.rings", source: "good", data: 1 });
    await until("it hears again", async () => {
      const { heard } = (await call(real, "victim", { args: { heard: true } })) as { heard: { type: string }[] };
      return heard.length === 1 && heard[0]?.type === "bell.rings";
    });
    assert.equal(errorsOf(real, "victim").length, 1, "the activity says once that it crashed");
    assert.equal(host.supervisor.view("victim")?.problem, undefined);
    await assertWorks(real);
  });

  it("settles every call that it had, and lets the offers of its process go meanwhile", async () => {
    const real = await open({ packages });
    const { pid } = await real.host.supervisor.ensureRunning("victim");
    assert.ok(pid);
    const calls = Array.from({ length: 20 }, () => failureOf(call(real, "victim", { args: { wait: true } })));
    await until("all run", () => real.host.calls.active().filter(({ status }) => status === "running").length === 20);
    process.kill(pid, "SIGKILL");
    const failures = await Promise.all(calls);
    assert.ok(failures.every(({ kind, message }) => kind === "unavailable" && /SIGKILL|closed|ended/.test(message)));
    assert.deepEqual(real.host.calls.active(), []);
    await until("it is back", () => real.host.supervisor.running("victim")?.epoch === 2, { timeoutMs: 2_000 });
  });
});
