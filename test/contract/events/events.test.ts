/** Events and direct messages over real processes, one side TypeScript and the other Python. */
import assert from "node:assert/strict";
import type { Failure } from "../../../src/base/failure.ts";
import { limits } from "../../../src/protocol/limits.ts";
import { until } from "../../support/until.ts";
import { pairs, type Talking, talking } from "../intercepts/rig.ts";

for (const [first, second] of pairs) {
  describe(`events between ${first} and ${second}`, function () {
    this.timeout(30_000);
    let rig: Talking;
    beforeEach(async () => {
      rig = await talking({ one: first, two: second, three: first });
    });
    afterEach(() => rig.stop());

    const publish = (data: unknown, options?: Record<string, unknown>, topic = "work.done") =>
      rig.ask("three", "publish", { topic, data, ...(options && { options }) });
    const listen = (plugin: string, does: string, options: Record<string, unknown> = {}, topic = "work.done") =>
      rig.ask(plugin, "listen", { topic, does, options });
    const heard = async (plugin: string) =>
      (await rig.seen(plugin)).flatMap((one) => (one as { data?: unknown }).data ?? []);
    const epoch = () => rig.host.supervisor.running("two")?.epoch ?? 0;
    const kill = async () => {
      const before = epoch();
      const run = rig.host.supervisor.running("two");
      assert.ok(run?.pid);
      process.kill(run.pid, "SIGKILL");
      await until("it is gone", () => rig.host.supervisor.running("two") !== run);
      await rig.host.supervisor.ensureRunning("two");
      assert.ok(epoch() > before);
    };

    it("of a group reach one member each, and what a dead one has not acknowledged goes to another", async () => {
      await listen("two", "hang", { group: "workers", whenSlow: "ack" });
      for (const data of [1, 2, 3]) await publish(data);
      await until("two has it", async () => (await heard("two")).length === 1);
      await listen("one", "record", { group: "workers", whenSlow: "ack" });
      assert.deepEqual(await heard("one"), []);
      await kill();
      await until("one has it all", async () => (await heard("one")).length === 3);
      await publish(4);
      await until("one has the next", async () => (await heard("one")).length === 4);
      assert.deepEqual(await heard("one"), [1, 2, 3, 4]);
    });

    it("that are kept wait for an acknowledgement over a restart of who listens, and then come no more", async () => {
      await listen("two", "hang", { whenSlow: "ack" });
      await publish("kept", { keep: true });
      await until("two has it", async () => (await heard("two")).length === 1);
      await kill();
      await listen("two", "record", { whenSlow: "ack" });
      await until("two has it again", async () => (await heard("two")).length === 1);
      await kill();
      await listen("two", "record", { whenSlow: "ack" });
      await publish("next");
      await until("two has the next", async () => (await heard("two")).length > 0);
      assert.deepEqual(await heard("two"), ["next"]);
    });

    it("are not heard without the right: the registration of who runs rejects with the rule", async () => {
      const rule = { who: "plugin:two", verb: "subscribe", target: "work.secret", effect: "deny" } as const;
      await rig.host.rules.addPersonRule(rule);
      await assert.rejects(listen("two", "record", {}, "work.secret"), (error: Failure) => {
        assert.match(String(error.details?.rule), /^rule-/);
        return error.kind === "denied" && /two has no right to subscribe work\.secret/.test(error.message);
      });
    });

    it("hurt nobody where a handler fails or hangs: the other handlers hear them all", async () => {
      await listen("two", "fail");
      await listen("two", "hang", {}, "work.*");
      await listen("two", "record", {}, "work.>");
      await listen("one", "record");
      for (const data of [1, 2]) await publish(data);
      await until("all were heard", async () => (await heard("two")).length === 5);
      await until("one heard them", async () => (await heard("one")).length === 2);
      assert.deepEqual((await heard("two")).sort(), [1, 1, 1, 2, 2]);
    });

    it("are heard no more by a handler that unsubscribes itself, also what has arrived already", async () => {
      await listen("two", "once");
      await listen("two", "record");
      for (const data of [1, 2, 3]) await publish(data);
      await until("all have arrived", async () => (await heard("two")).length === 4);
      await rig.ask("two", "open");
      await publish(4);
      await until("the last was heard", async () => (await heard("two")).includes(4));
      assert.deepEqual((await heard("two")).sort(), [1, 1, 2, 3, 4]);
    });

    it("end where handlers publish what they hear, alone and in a circle", async () => {
      await listen("two", "echo");
      await publish(0);
      await until("it has ended", async () =>
        (await rig.seen("two")).some((one) => (one as Record<string, unknown>).kind),
      );
      assert.deepEqual(await heard("two"), [...Array(limits.eventHops + 1).keys()]);
      assert.deepEqual((await rig.seen("two")).at(-1), { kind: "callDepth" });
    });

    it("end where what a handler calls publishes what it hears", async () => {
      await listen("two", "onward");
      await publish(0);
      await until("it has ended", async () =>
        (await rig.seen("two")).some((one) => (one as Record<string, unknown>).kind),
      );
      assert.deepEqual(await heard("two"), [...Array(limits.eventHops + 1).keys()]);
      assert.deepEqual((await rig.seen("two")).at(-1), { kind: "callDepth" });
    });

    it("of a plugin's life are kept as latest, so that who comes late sees where each stands", async () => {
      await listen("two", "record", {}, "plugin:activated");
      await until("all are there", async () => (await heard("two")).length === 3);
      const names = (await heard("two")).map((data) => (data as { pluginId: string }).pluginId);
      assert.deepEqual(names.sort(), ["one", "three", "two"]);
    });
  });

  describe(`direct messages between ${first} and ${second}`, function () {
    this.timeout(30_000);
    let rig: Talking;
    before(async () => {
      rig = await talking({ one: first, two: second });
      for (const plugin of ["one", "two"]) await rig.ask(plugin, "inbox");
    });
    after(() => rig.stop());
    const request = (data: unknown, more = {}, to = "two") => rig.ask("one", "request", { to, data, ...more });

    it("reach their addressee alone, with who sent them", async () => {
      await rig.ask("one", "send", { to: "two", data: { action: "look", items: [1] } });
      await until("it has come", async () => (await rig.seen("two")).length === 1);
      assert.deepEqual(await rig.seen("two"), [
        { from: "one", data: { action: "look", items: [1] }, wantsReply: false },
      ]);
      assert.deepEqual(await rig.seen("one"), []);
    });

    it("are answered to who asked, several at a time, also where what was sent is no object", async () => {
      const answers = await Promise.all([request({ n: 1 }), request("two words"), request([3])]);
      assert.deepEqual(answers, [{ echoed: { n: 1 } }, { echoed: "two words" }, { echoed: [3] }]);
    });

    it("that the receiver cannot serve come back as its error, and those that it leaves as a timeout", async () => {
      // `request` is asked through an offer of one's own, which rethrows what it gets.
      await assert.rejects(request({ action: "refuse" }), (error: Failure) => {
        assert.deepEqual(
          [error.kind, error.todo, error.details],
          ["unavailable", "Come tomorrow.", { replyKind: "conflict", reason: "closed", until: { day: 2 } }],
        );
        return /Not today/.test(error.message);
      });
      await assert.rejects(
        request({ action: "silent" }, { timeoutMs: 200 }),
        /two did not answer the message within 0.2 s/,
      );
    });

    it("are answered by nobody but who was asked", async () => {
      let requestId: unknown;
      const hearing = rig.host.bus.on("inbox", ({ data }) => {
        requestId = (data as { requestId?: unknown }).requestId;
      });
      const waiting = request({ action: "silent" }, { timeoutMs: 3_000 });
      waiting.catch(() => {});
      await until("it was asked", () => requestId !== undefined);
      hearing.dispose();
      const forged = { to: "one/inbox.reply", args: { requestId, reply: "forged" } };
      await assert.rejects(rig.ask("one", "call", forged), /Only two was asked, not plugin:one/);
      await rig.ask("two", "call", { ...forged, args: { requestId, reply: "true" } });
      assert.equal(await waiting, "true");
      await assert.rejects(rig.ask("two", "call", forged), /Nobody waits for this answer any more/);
    });

    it("to nobody, or to one that does not listen, fail at once and say which", async () => {
      await assert.rejects(request({}, {}, "twp"), /There is no plugin "twp".*Did you mean/);
      await rig.host.supervisor.restart("two");
      await until("it runs anew", () => rig.host.supervisor.running("two") !== undefined);
      await assert.rejects(request({}), /two does not listen for direct messages/);
    });
  });
}
