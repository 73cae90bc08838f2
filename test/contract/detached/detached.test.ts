/** Calls in the background through both SDKs, over real processes: what runs, what becomes of it, and what is left of it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { CallRow } from "../../../src/protocol/plugin/calls.ts";
import { failureOf } from "../../support/failures.ts";
import type { RealHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { ask, background, type Language, languages } from "./rig.ts";

for (const language of Object.keys(languages) as Language[]) {
  describe(`a call in the background of plugins in ${language}`, function () {
    this.timeout(40_000);
    let real: RealHost | undefined;
    afterEach(async () => {
      await real?.stop();
      real = undefined;
    });

    async function start(folder?: string): Promise<RealHost> {
      real = await background(language, folder);
      return real;
    }
    const row = (host: RealHost, callId: string) => ask(host, "boss", "look", { callId }) as Promise<CallRow>;
    const endsAt = (host: RealHost, plugin: string, callId: string) =>
      until(`${plugin} heard of the end`, async () => {
        const ends = (await ask(host, plugin, "ends")) as { callId: string; status: string; error?: string }[];
        return ends.find((one) => one.callId === callId);
      });

    it("is answered at once, tells its progress and result, and its end is an event", async () => {
      const host = await start();
      const { callId } = (await ask(host, "boss", "start", { to: "worker/work" })) as { callId: string };
      const half = await until("it is half done", async () => {
        const now = await row(host, callId);
        return now.progress && now;
      });
      const { status, detached, caller, target, progress } = half;
      assert.deepEqual([status, detached, caller, target], ["running", true, "plugin:boss", "worker/work"]);
      assert.deepEqual(progress, { message: "half", percentage: 50 });
      assert.equal((await host.store.loadCall(callId))?.status, "running", "it is on disk before it ends");
      await ask(host, "worker", "open");
      assert.equal((await endsAt(host, "boss", callId)).status, "succeeded");
      assert.deepEqual((await row(host, callId)).result, { worked: true });
    });

    it("of one's own offer is cancelled by its id, once", async () => {
      const host = await start();
      const { callId } = (await ask(host, "worker", "start", { to: "worker/work" })) as { callId: string };
      await until("it works", async () => (await host.host.calls.get(callId))?.progress);
      assert.equal((await failureOf(row(host, callId))).kind, "notFound", "it is none of the boss's");
      assert.equal(await ask(host, "worker", "cancel", { callId }), "cancelling");
      assert.equal((await endsAt(host, "worker", callId)).status, "cancelled");
      assert.equal(await ask(host, "worker", "cancel", { callId }), "ended");
    });

    it("that writes is denied to who has no right to it, and carried out for who has", async () => {
      const host = await start();
      const endOf = async (plugin: string) => {
        const { callId } = (await ask(host, plugin, "start", { to: "worker/write" })) as { callId: string };
        return await until("it ended", async () => {
          const now = (await ask(host, plugin, "look", { callId })) as CallRow;
          return now.endedAt !== undefined && now;
        });
      };
      const refused = await endOf("boss");
      assert.deepEqual([refused.status, refused.rule, refused.result], ["failed", "default:plugin", undefined]);
      const { failure } = refused;
      assert.deepEqual([failure?.kind, failure?.code, failure?.details?.rule], ["denied", -33002, "default:plugin"]);
      assert.match(refused.error ?? "", /plugin:boss.* may not call worker\/write \(write\): refused by the rule/);
      const own = await endOf("worker");
      assert.deepEqual([own.status, own.result], ["succeeded", { written: 1 }], "the boss's never arrived");
    });

    it("that fails keeps the kind of the failure, its reason and its details, also over a reload", async () => {
      const folder = mkdtempSync(join(tmpdir(), "parley-failed-"));
      try {
        const host = await start(folder);
        const call = { to: "worker/work", args: { fail: true } };
        const { callId } = (await ask(host, "boss", "start", call)) as { callId: string };
        const end = (await endsAt(host, "boss", callId)) as { failure?: unknown };
        assert.deepEqual(end.failure, { code: -33011, kind: "conflict", reason: "taken" });
        const failure = { code: -33011, kind: "conflict", todo: "Wait.", details: { reason: "taken", at: 3 } };
        assert.deepEqual((await row(host, callId)).failure, failure);
        const activity = host.host.activity.entries().map(({ text }) => text);
        assert.ok(activity.some((text) => text.includes("failed (conflict, taken): It is taken.")));
        await host.host.stop();
        host.launcher.dispose();
        await host.store.close();
        const next = await start(folder);
        const { status, error, ...kept } = await row(next, callId);
        assert.deepEqual([status, error, kept.failure], ["failed", "It is taken.", failure]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it("is looked after by its caller and its target after each was started anew, and by nobody else", async () => {
      const host = await start();
      const { supervisor } = host.host;
      const begin = async () =>
        ((await ask(host, "boss", "start", { to: "worker/work" })) as { callId: string }).callId;
      const callId = await begin();
      await until("it works", async () => (await row(host, callId)).progress);
      const stranger = (await ask(host, "worker", "start", { to: "worker/work" })) as { callId: string };
      await supervisor.restart("boss");
      assert.equal((await row(host, callId)).status, "running", "its caller may come and go");
      assert.equal((await failureOf(row(host, stranger.callId))).kind, "notFound");
      assert.equal((await failureOf(ask(host, "boss", "cancel", { callId: stranger.callId }))).kind, "notFound");
      assert.equal(await ask(host, "boss", "cancel", { callId }), "cancelling");
      assert.equal((await endsAt(host, "boss", callId)).status, "cancelled");

      const lost = await begin();
      await until("it works", async () => (await row(host, lost)).progress);
      await supervisor.restart("worker");
      await until("it is over", async () => (await row(host, lost)).endedAt);
      const looked = (await ask(host, "worker", "look", { callId: lost })) as CallRow;
      assert.deepEqual([looked.status, looked.caller, looked.target], ["failed", "plugin:boss", "worker/work"]);
      assert.equal(looked.error, `Parley stopped the plugin "worker".`);
    });

    it("is interrupted too where it waits for its place when the host is killed, and holds no place afterwards", async () => {
      const folder = mkdtempSync(join(tmpdir(), "parley-killed-"));
      const dying = spawn(process.execPath, [join(import.meta.dirname, "host.ts"), language, folder, "queued"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const gone = once(dying, "exit");
        const [line] = await once(createInterface({ input: dying.stdout }), "line");
        dying.kill("SIGKILL");
        await gone;
        const host = await start(folder);
        const calls = String(line).split(" ");
        assert.equal(calls.length, 2);
        for (const callId of calls) {
          const { status, failure } = await row(host, callId);
          assert.deepEqual(
            [status, failure?.kind, failure?.details?.reason],
            ["interrupted", "unavailable", "windowClosed"],
          );
          assert.equal(await ask(host, "boss", "cancel", { callId }), "ended");
        }
        await ask(host, "worker", "open");
        const { callId } = (await ask(host, "boss", "start", { to: "worker/solo" })) as { callId: string };
        await until("it is done", async () => (await row(host, callId)).status === "succeeded");
      } finally {
        dying.kill("SIGKILL");
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it("is interrupted where its window closes, by a reload or by a kill, and its row stays", async () => {
      const folder = mkdtempSync(join(tmpdir(), "parley-killed-"));
      const dying = spawn(process.execPath, [join(import.meta.dirname, "host.ts"), language, folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const gone = once(dying, "exit");
        const [line] = await once(createInterface({ input: dying.stdout }), "line");
        const callId = String(line);
        dying.kill("SIGKILL");
        await gone;
        const host = await start(folder);
        const { status, error, failure, endedAt } = await row(host, callId);
        assert.equal(status, "interrupted");
        assert.match(error ?? "", /window closed before it answered/);
        assert.deepEqual(failure, { code: -33005, kind: "unavailable", details: { reason: "windowClosed" } });
        assert.ok(endedAt);
        const told = (await host.store.readJournal({ types: ["call.ended"] })).filter((one) => one.callId === callId);
        assert.deepEqual(
          told.map(({ data }) => (data as { status: string }).status),
          ["interrupted"],
        );
        assert.equal(await ask(host, "boss", "cancel", { callId }), "ended");

        const again = (await ask(host, "boss", "start", { to: "worker/work" })) as { callId: string };
        await until("it works", async () => (await host.host.calls.get(again.callId))?.progress);
        await host.host.stop();
        const left = await until("it is written", async () => {
          const kept = await host.store.loadCall(again.callId);
          return kept?.endedAt !== undefined && kept;
        });
        assert.deepEqual([left.status, left.error, left.failure], [status, error, failure], "as after a kill");
      } finally {
        dying.kill("SIGKILL");
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}
