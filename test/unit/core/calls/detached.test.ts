import assert from "node:assert/strict";
import { kindOf } from "../../../support/failures.ts";
import { until } from "../../../support/until.ts";
import { offer, type Params, start, want } from "./callRig.ts";

describe("a call", () => {
  describe("that is detached", () => {
    const parts = {
      boss: { offers: [offer("go")], wants: [want("worker/work")] },
      worker: { offers: [offer("work", { timeout: 1_000 })] },
      other: { offers: [offer("go")] },
    };
    const begin = async () => {
      const made = await start(parts);
      const outer = made.person("boss");
      const boss = await made.next("boss");
      const answer = (await boss.send("call", {
        to: { plugin: "worker" },
        name: "work",
        args: { n: 1 },
        detach: true,
        _meta: { callId: boss.meta.callId },
      })) as { callId: string };
      boss.answer({ begun: answer.callId });
      await outer;
      return { ...made, boss, callId: answer.callId, worker: await made.next("worker") };
    };

    it("is answered with its id at once, outlives its caller, and has no deadline", async () => {
      const { clock, host, boss, callId, worker, store } = await begin();
      assert.equal(worker.meta.deadlineMs, undefined);
      clock.advance(3_600_000);
      worker.progress({ message: "half", percentage: 50 });
      const row = (await boss.send("calls/get", { callId })) as Params;
      assert.equal(row.status, "running");
      assert.equal(row.detached, true);
      assert.equal(row.target, "worker/work");
      assert.deepEqual(row.progress, { message: "half", percentage: 50 });
      worker.answer({ made: "it" });
      await until("it ended", () => host.calls.active().length === 0);
      const ended = (await boss.send("calls/get", { callId })) as Params;
      assert.equal(ended.status, "succeeded");
      assert.deepEqual(ended.result, { made: "it" });
      assert.equal(store.calls.get(callId)?.status, "succeeded");
      await host.stop();
    });

    it("that writes is denied to who has no right to it, and to whoever called them: it never arrives", async () => {
      const { host, person, next, store } = await start({
        boss: { offers: [offer("go")], wants: [want("helper/go"), want("worker/read")] },
        helper: { offers: [offer("go")], wants: [want("worker/*", "write")] },
        worker: { offers: [offer("read"), offer("work", { action: "write" })] },
      });
      const outer = person("boss");
      const boss = await next("boss");
      const detached = (own: typeof boss, plugin: string, name: string) =>
        own.send("call", { to: { plugin }, name, args: {}, detach: true, _meta: { callId: own.meta.callId } });
      const endOf = async (own: typeof boss, plugin: string, name: string) => {
        const { callId } = (await detached(own, plugin, name)) as { callId: string };
        const ended = () => {
          const record = store.calls.get(callId);
          return record?.endedAt !== undefined && record;
        };
        return await until("it is refused", ended, { timeoutMs: 1_000 });
      };
      const own = await endOf(boss, "worker", "work");
      assert.deepEqual([own.status, own.rule], ["failed", "default:plugin"]);
      assert.match(own.error ?? "", /plugin:boss.* may not call worker\/work \(write\)/);
      assert.match(
        own.failure?.todo ?? "",
        /under `wants`, as \{"verb":"call","target":"worker\/work","action":"write"\}/,
      );
      await detached(boss, "helper", "go");
      const helper = await next("helper");
      const through = await endOf(helper, "worker", "work");
      assert.deepEqual(
        [through.status, through.rule],
        ["failed", "default:plugin"],
        "the helper may, the boss may not",
      );
      await detached(boss, "worker", "read");
      assert.equal((await next("worker")).name, "read", "neither write arrived before it");
      helper.answer({});
      boss.answer({});
      await outer;
      await host.stop();
    });

    it("is cancelled by who made it or who carries it out, once", async () => {
      const { host, boss, callId, worker } = await begin();
      assert.deepEqual(await boss.send("calls/cancel", { callId }), { state: "cancelling" });
      await until("it ended", () => host.calls.active().length === 0);
      assert.equal(worker.signal.aborted, true);
      const row = (await worker.send("calls/get", { callId })) as Params;
      assert.equal(row.status, "cancelled");
      assert.match(String(row.error), /boss cancelled it/);
      assert.deepEqual(await worker.send("calls/cancel", { callId }), { state: "ended" });
      await host.stop();
    });

    it("is nobody else's business", async () => {
      const { host, person, next, callId } = await begin();
      const outer = person("other");
      const other = await next("other");
      assert.equal(await kindOf(other.send("calls/get", { callId })), "notFound");
      assert.equal(await kindOf(other.send("calls/cancel", { callId })), "notFound");
      assert.equal(await kindOf(other.send("calls/get", { callId: "never" })), "notFound");
      other.answer({});
      await outer;
      assert.equal(host.calls.active().length, 1);
      await host.stop();
    });
  });
});
