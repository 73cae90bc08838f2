/** kill −9 in each state that a plugin's process can be in. */
import assert from "node:assert/strict";
import { failureOf } from "../../support/failures.ts";
import { putPackage, type RealHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { assertWorks, call, end, say, toolAnswers, turn, use } from "../host/rig.ts";
import type { Figures } from "./figures.ts";
import { faultRig } from "./rig.ts";

export function kills(figures: Figures): void {
  describe("killed with kill -9", () => {
    const rig = faultRig(figures);

    const kill = (pid: number | undefined) => {
      assert.ok(pid !== undefined && pid > 1);
      process.kill(pid, "SIGKILL");
    };
    const killRunning = async ({ host }: RealHost, name: string) => {
      const { pid, epoch } = await host.supervisor.ensureRunning(name);
      kill(pid);
      return epoch;
    };
    const back = ({ host }: RealHost, name: string, epoch = 2) =>
      until(`${name} is back`, () => host.supervisor.running(name)?.epoch === epoch);
    const node = (entry: string, ...args: string[]) => ({ run: { runtime: "node", entry, args } });

    it("while starting, before it answered initialize: who waits for it goes on waiting, and is told when it is stopped", async () => {
      const real = await rig.open({ packages: (folder) => putPackage(folder, "slow", { fault: ["mute"] }) });
      const { supervisor } = real.host;
      const waiting = failureOf(supervisor.ensureRunning("slow"));
      kill(await until("it starts", () => supervisor.view("slow")?.pid));
      await until("it starts again", () => supervisor.view("slow")?.epoch === 2);
      assert.match(supervisor.view("slow")?.lastExit ?? "", /ended by SIGKILL before it answered initialize/);
      await supervisor.stop("slow");
      assert.equal((await waiting).kind, "unavailable");
    });

    it("while starting, after it answered initialize: it is started again and works", async () => {
      const real = await rig.open({
        packages: (folder) => putPackage(folder, "brief", { parley: node("./bytes.mjs", "once") }),
      });
      await real.host.supervisor.ensureRunning("brief");
      await back(real, "brief");
      await assertWorks(real, "brief");
      assert.equal(real.host.supervisor.view("brief")?.restarts, 1);
    });

    it("running and idle: it is back and works", async () => {
      const real = await rig.open({ packages: (folder) => putPackage(folder, "idle") });
      await killRunning(real, "idle");
      await back(real, "idle");
      await assertWorks(real, "idle");
      assert.match(real.host.supervisor.view("idle")?.lastExit ?? "", /It was ended by SIGKILL/);
    });

    it("in calls: each fails and says so", async () => {
      const real = await rig.open({ packages: (folder) => putPackage(folder, "busy", { fault: ["silentOnCall"] }) });
      await real.host.supervisor.ensureRunning("busy");
      const calls = Array.from({ length: 40 }, () => failureOf(call(real, "busy")));
      await until("all run", () => real.host.calls.active().filter(({ status }) => status === "running").length === 40);
      await killRunning(real, "busy");
      for (const { kind, message } of await Promise.all(calls)) {
        assert.equal(kind, "unavailable");
        assert.match(message, /ended by SIGKILL/);
      }
    });

    it("in a detached call: its row says that it failed, and its end is told", async () => {
      const real = await rig.open({ packages: (folder) => putPackage(folder, "busy", { fault: ["silentOnCall"] }) });
      const ends: unknown[] = [];
      real.host.bus.on("call.ended", ({ data }) => ends.push(data));
      const { callId } = (await call(real, "busy", { detach: true })) as { callId: string };
      await until("it runs", () => real.host.calls.active().some(({ status }) => status === "running"));
      await until("it is asked", () => real.ledger.open.includes("host → busy call"));
      await killRunning(real, "busy");
      await until("its end is told", () => ends.length === 1);
      const record = await real.host.calls.get(callId);
      assert.equal(record?.status, "failed");
      assert.match(record?.error ?? "", /ended by SIGKILL/);
      assert.equal((await real.store.loadCall(callId))?.status, "failed");
    });

    it("while events are delivered: what it did not acknowledge and was to be kept comes again, the same and once", async () => {
      const subscriptions = [{ topic: "bell.>", handle: "s", whenSlow: "ack" }];
      const real = await rig.open({
        packages: (folder) =>
          putPackage(folder, "hearer", {
            parley: {
              ...node("./silent.mjs", JSON.stringify({ subscriptions }), "deliver"),
              wants: [{ verb: "subscribe", target: "bell.>", why: "to hear the bell" }],
            },
          }),
      });
      const heard = async () =>
        ((await call(real, "hearer", { args: { heard: true } })) as { heard: { data: number }[] }).heard.map(
          ({ data }) => data,
        );
      await real.host.supervisor.ensureRunning("hearer");
      const numbers = Array.from({ length: 150 }, (_, index) => index);
      await Promise.all(
        numbers.map((data) => real.host.bus.publishKept({ type: "bell.rings", source: "tower", data })),
      );
      await until("they are on their way", async () => (await heard()).length > 0);
      await killRunning(real, "hearer");
      await back(real, "hearer");
      await until("all have come", async () => (await heard()).length >= numbers.length);
      assert.deepEqual(await heard(), numbers);
    });

    it("in an intercept that guards: the tool is not called, and the model is told why", async () => {
      const real = await rig.open({
        packages: (folder) => {
          putPackage(folder, "good");
          const intercepts = [{ point: "tool", onFailure: "block", handle: "i" }];
          putPackage(folder, "guard", {
            parley: {
              ...node("./silent.mjs", JSON.stringify({ intercepts }), "intercept"),
              wants: [{ verb: "intercept", target: "tool", why: "to guard" }],
            },
          });
        },
        model: (_request, step) => (step === 1 ? [use("good_go", {}), end] : [say("Blocked."), end]),
      });
      await real.host.supervisor.ensureRunning("guard");
      const ended = turn(real);
      await until("it is asked", () => real.ledger.open.includes("host → guard intercept"));
      await killRunning(real, "guard");
      await ended;
      assert.match(toolAnswers(real, 2)[0] ?? "", /blocked by guard.*/);
      assert.equal(real.host.supervisor.running("good"), undefined, "the tool's plugin was not even started");
    });

    it("while stopping, after shutdown: it is stopped at once and not started again", async () => {
      const real = await rig.open({ packages: (folder) => putPackage(folder, "stubborn", { fault: ["stubborn"] }) });
      const { supervisor } = real.host;
      const { pid } = await supervisor.ensureRunning("stubborn");
      const stopped = supervisor.stop("stubborn");
      await until(
        "it is told to shut down",
        () => real.ledger.running === 1 && supervisor.view("stubborn")?.process === "stopping",
      );
      kill(pid);
      await stopped;
      assert.equal(supervisor.view("stubborn")?.process, "stopped");
      assert.equal(supervisor.view("stubborn")?.epoch, 1);
    });

    it("and in the pause before its restart: a call waits through the pause and is answered", async () => {
      const real = await rig.open({ packages: (folder) => putPackage(folder, "idle") });
      await killRunning(real, "idle");
      await until("it waits", () => real.host.supervisor.view("idle")?.process === "backoff", { everyMs: 1 });
      assert.equal(real.host.supervisor.view("idle")?.pid, undefined);
      await assertWorks(real, "idle");
      assert.equal(real.host.supervisor.running("idle")?.epoch, 2);
    });

    for (const { what, last } of [
      { what: "a response", last: (whole: boolean, outcome: unknown) => assert.equal(outcome === "answered", whole) },
      { what: "a request", last: () => {} },
    ]) {
      const kind = what.split(" ")[1] ?? "";
      it(`at each byte of ${what} that it writes: only the whole one counts, and the next process begins anew`, async () => {
        const names = ["cut-0", "cut-1", "cut-2", "cut-3"];
        const wants = [{ verb: "publish", target: "cut.frame", why: "to be cut" }];
        const real = await rig.open({
          packages: (folder) => {
            for (const name of names) putPackage(folder, name, { parley: { ...node("./bytes.mjs"), wants } });
          },
        });
        let published = 0;
        real.host.bus.on("cut.frame", ({ data }) => {
          assert.deepEqual(data, { ü: 1 });
          published++;
        });
        const length = (await call(real, "cut-0", { args: { length: kind } })) as number;
        assert.ok(length >= 60, `${length} bytes`);
        let at = 0;
        let answered = 0;
        const one = async (name: string) => {
          while (at <= length) {
            const bytes = at++;
            await real.host.supervisor.restart(name);
            const outcome = await call(real, name, { args: { write: kind, at: bytes } }).then(
              () => "answered",
              (error: unknown) => (error as Error).message,
            );
            last(bytes === length, outcome);
            if (outcome === "answered") answered++;
            else assert.match(outcome, /ended by SIGKILL/);
          }
        };
        await Promise.all(names.map(one));
        assert.equal(answered, kind === "response" ? 1 : 0);
        assert.equal(published, kind === "request" ? 1 : 0);
        rig.note(`${length + 1} boundaries`);
        for (const name of names) await real.host.supervisor.restart(name);
        for (const name of names) await assertWorks(real, name);
      }).timeout(120_000);
    }

    it("at each byte of a frame that the host writes: the call fails, and the next process begins anew", async () => {
      const names = ["cut-0", "cut-1", "cut-2", "cut-3"];
      const real = await rig.open({
        packages: (folder) => {
          for (const name of names) putPackage(folder, name, { parley: node("./bytes.mjs") });
        },
      });
      // More than any pipe holds: the host is in the midst of writing when the plugin is killed.
      const large = "x".repeat(1_000_000);
      const boundaries = [...Array.from({ length: 100 }, (_, bytes) => bytes), 65_536, 200_000, 900_000];
      const count = boundaries.length;
      const one = async (name: string) => {
        for (let bytes = boundaries.shift(); bytes !== undefined; bytes = boundaries.shift()) {
          await real.host.supervisor.restart(name);
          await call(real, name, { args: { read: bytes } });
          const { kind, message } = await failureOf(call(real, name, { args: { large } }));
          assert.equal(kind, "unavailable");
          assert.match(message, /ended by SIGKILL/);
        }
      };
      await Promise.all(names.map(one));
      rig.note(`${count} boundaries`);
      for (const name of names) await real.host.supervisor.restart(name);
      for (const name of names) await assertWorks(real, name);
    }).timeout(120_000);
  });
}
