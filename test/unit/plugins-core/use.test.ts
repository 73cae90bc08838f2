import assert from "node:assert/strict";
import { deferred } from "../../../src/base/deferred.ts";
import type { InstalledPlugin } from "../../../src/core/plugins/installed.ts";
import { healthOf, type PluginRun } from "../../../src/core/plugins/run.ts";
import { parleyManifest } from "../../../src/protocol/manifest.ts";
import { makeSupervisor, plugin, settle } from "./fakes.ts";

describe("a plugin that runs", () => {
  let made: ReturnType<typeof makeSupervisor>;
  beforeEach(() => {
    made = makeSupervisor();
    made.supervisor.setInstalled([plugin("p")]);
  });

  describe("and is idle", () => {
    const minute = 60_000;

    async function idle(more: Partial<InstalledPlugin> = {}, answer?: object): Promise<PluginRun> {
      made = makeSupervisor({ idleAfterMs: () => 10 * minute });
      made.supervisor.setInstalled([plugin("p", more)]);
      const running = made.supervisor.ensureRunning("p");
      await settle();
      made.last().answer({ protocolVersion: 1, plugin: { name: "p" }, capabilities: { intercepts: true }, ...answer });
      return await running;
    }
    const manifest = (part: object) =>
      parleyManifest.parse({ parley: "^1", run: { runtime: "node", entry: "./main.js" }, ...part });
    const process = () => made.view().process;

    it("is stopped, and the next use starts it again", async () => {
      await idle();
      made.clock.advance(10 * minute - 1);
      assert.equal(process(), "running");
      made.clock.advance(1);
      assert.equal(process(), "stopping");
      made.last().exit();
      await settle();
      assert.equal(process(), "stopped");
      const again = made.supervisor.ensureRunning("p");
      await settle();
      made.last().answer();
      assert.equal((await again).epoch, 2);
    });

    it("that is wanted in the moment in which it goes is started again", async () => {
      await idle();
      made.clock.advance(10 * minute);
      const again = made.supervisor.ensureRunning("p");
      made.last().exit();
      await settle();
      made.last().answer();
      assert.equal((await again).epoch, 2);
    });

    it("is one that nothing passes to or from, whoever began", async () => {
      const { peer } = await idle();
      made.clock.advance(6 * minute);
      peer.notify("deliver", {});
      made.clock.advance(6 * minute);
      assert.equal(process(), "running");
      await made.last().onMessage("publish", {}, new AbortController().signal, () => {});
      made.clock.advance(9 * minute);
      assert.equal(process(), "running");
      made.clock.advance(minute);
      assert.equal(process(), "stopping");
    });

    it("is not one that works on a call, however long", async () => {
      const { peer } = await idle();
      const answer = deferred<unknown>();
      made.last().initialize.promise.catch(() => {});
      made.last().peer.request = () => answer.promise;
      const call = peer.request("call", {});
      made.clock.advance(60 * minute);
      assert.equal(process(), "running");
      answer.resolve("done");
      await call;
      made.clock.advance(10 * minute);
      assert.equal(process(), "stopping");
    });

    const kept: [string, Partial<InstalledPlugin>, object][] = [
      ["hears what nothing would start it for", {}, { subscriptions: [{ topic: "editor.saved", handle: "s" }] }],
      ["guards what its manifest does not name", {}, { intercepts: [{ point: "tool", handle: "i" }] }],
      [
        "offers what its manifest does not name",
        {},
        { offers: [{ name: "late", description: "x", action: "read", handle: "o" }] },
      ],
      ["asks to be started with the window", { parley: manifest({ activation: ["onStartup"] }) }, {}],
      ["is attached", { source: "attached" }, {}],
    ];
    for (const [what, more, answer] of kept) {
      it(`is not one that ${what}`, async () => {
        await idle(more, answer);
        made.clock.advance(60 * minute);
        assert.equal(process(), "running");
      });
    }

    it("is one that only registers what its manifest brings back", async () => {
      const parley = manifest({
        activation: ["onTopic:editor.>"],
        intercepts: [{ point: "tool" }],
        offers: [{ name: "o", description: "x", action: "read" }],
        subscriptions: [{ topic: "task.*" }],
      });
      await idle(
        { parley },
        {
          subscriptions: [{ topic: "editor.saved" }, { topic: "task.progress" }],
          intercepts: [{ point: "tool" }],
          offers: [
            { name: "o", description: "x", action: "read" },
            { name: "config.apply", description: "x", action: "write" },
          ],
        },
      );
      made.clock.advance(10 * minute);
      assert.equal(process(), "stopping");
    });

    it("is one again when it has taken back what it registered", async () => {
      made = makeSupervisor({ idleAfterMs: () => 10 * minute, messageHandler: () => () => ({ handle: "h" }) });
      made.supervisor.setInstalled([plugin("p")]);
      await made.run();
      const { signal } = new AbortController();
      const say = (method: string, params: Record<string, unknown>) =>
        made.last().onMessage(method, params, signal, () => {});
      await say("register", { subscription: { topic: "a.b" } });
      made.clock.advance(60 * minute);
      assert.equal(process(), "running");
      await say("unregister", { handle: "h" });
      made.clock.advance(20 * minute);
      assert.equal(process(), "stopping");
    });

    it("is not one that says that it is busy, or is not well", async () => {
      await idle();
      for (const status of ["busy", "degraded"]) {
        made.supervisor.setHealth("p", healthOf({ status }));
        made.clock.advance(30 * minute);
        assert.equal(process(), "running");
      }
      assert.equal(healthOf({ status: "busy" }).status, "up");
      made.supervisor.setHealth("p", healthOf({ status: "up" }));
      made.clock.advance(20 * minute);
      assert.equal(process(), "stopping");
    });
  });

  describe("and was told of other folders than are open now", () => {
    it("is started anew when it works on nothing, however long that takes, and serves until then", async () => {
      let folders = "one";
      made = makeSupervisor({ surroundings: () => folders });
      made.supervisor.setInstalled([plugin("p")]);
      const { peer } = await made.run();
      const answer = deferred<unknown>();
      made.last().peer.request = () => answer.promise;
      const call = peer.request("call", {});
      folders = "one, two";
      made.supervisor.reconsider();
      made.clock.advance(600_000);
      assert.equal(made.last().stops, 0);
      assert.ok(made.supervisor.ready("p"), "it takes calls still");
      answer.resolve("done");
      await call;
      assert.equal(made.last().stops, 1);
      assert.match(made.last().why ?? "", /started anew, because other folders are open now/);
      made.last().exit();
      await settle();
      made.last().answer();
      await settle();
      assert.deepEqual([made.view().process, made.view().epoch], ["running", 2]);
      made.supervisor.reconsider();
      assert.equal(made.last().stops, 0);
    });

    it("is started anew before anybody is told that it runs, where they changed while it started", async () => {
      let folders = "one";
      made = makeSupervisor({ surroundings: () => folders });
      made.supervisor.setInstalled([plugin("p")]);
      const running = made.supervisor.ensureRunning("p");
      await settle();
      folders = "one, two";
      made.supervisor.reconsider();
      made.last().answer();
      await settle();
      assert.equal(made.last().stops, 1);
      made.last().exit();
      await settle();
      made.last().answer();
      assert.equal((await running).epoch, 2);
    });

    it("is left alone where they are the same again, or where it attached by itself", async () => {
      for (const [source, later] of [
        ["bundled", "one"],
        ["attached", "one, two"],
      ] as const) {
        let folders = "one";
        made = makeSupervisor({ surroundings: () => folders });
        made.supervisor.setInstalled([plugin("p", { source })]);
        const { peer } = await made.run();
        const answer = deferred<unknown>();
        made.last().peer.request = () => answer.promise;
        const call = peer.request("call", {});
        folders = "one, two";
        made.supervisor.reconsider();
        folders = later;
        made.supervisor.reconsider();
        answer.resolve("done");
        await call;
        assert.equal(made.last().stops, 0);
      }
    });
  });

  describe("and whose package is updated", () => {
    async function atWork() {
      const { peer } = await made.run();
      const answer = deferred<unknown>();
      made.last().peer.request = () => answer.promise;
      const call = peer.request("call", {});
      made.supervisor.setInstalled([plugin("p", { version: "1.1.0" })]);
      return { answer, call };
    }

    it("waits until what is under way has ended; new calls wait for the new one", async () => {
      const { answer, call } = await atWork();
      assert.equal(made.view().process, "running");
      assert.equal(made.view().updating, true);
      assert.equal(made.supervisor.ready("p"), undefined);
      const next = made.supervisor.ensureRunning("p");
      made.clock.advance(29_999);
      assert.equal(made.last().stops, 0);
      answer.resolve("done");
      assert.equal(await call, "done");
      await settle();
      assert.equal(made.last().stops, 1);
      made.last().exit();
      await settle();
      made.last().answer();
      assert.equal((await next).epoch, 2);
      assert.equal(made.view().updating, false);
    });

    it("waits for half a minute at most, and then says why", async () => {
      await atWork();
      made.clock.advance(30_000);
      assert.equal(made.last().stops, 1);
      assert.match(made.last().why ?? "", /"p" was updated to 1\.1\.0 and is started anew/);
    });

    it("in development says that a file was the reason, and where its own files belong", async () => {
      made.supervisor.setInstalled([plugin("p", { stamp: "one" })]);
      await made.run();
      made.supervisor.setInstalled([plugin("p", { stamp: "other" })]);
      assert.match(made.last().why ?? "", /"p" is started anew, because its folder changed\. .*PLUGIN_DATA/);
    });

    it("that wants more than was granted finishes what is under way, and then asks", async () => {
      let wider = false;
      made = makeSupervisor({
        ineligible: () => (wider ? { reason: "needsConsent", text: "It wants more.", todo: "Review it." } : undefined),
      });
      made.supervisor.setInstalled([plugin("p")]);
      const { peer } = await made.run();
      const answer = deferred<unknown>();
      made.last().peer.request = () => answer.promise;
      void peer.request("call", {});
      wider = true;
      made.supervisor.setInstalled([plugin("p", { version: "2.0.0" })]);
      assert.equal(made.view().process, "running");
      assert.equal(made.last().stops, 0);
      answer.resolve("done");
      await settle();
      assert.equal(made.last().stops, 1);
      made.last().exit();
      await settle();
      assert.equal(made.view().process, "stopped");
      assert.equal(made.processes.length, 1, "not started before it is let in");
      wider = false;
      made.supervisor.reconsider();
      await settle();
      made.last().answer();
      await settle();
      assert.equal(made.view().process, "running");
    });

    it("of another plugin that gets its name ends it at once, and nothing of it is told of the other", async () => {
      await atWork();
      const [mine, other] = [
        { ...plugin("p"), source: "extension", extension: "tests.one", root: "/one/p" },
        { ...plugin("p"), source: "extension", extension: "tests.other", root: "/other/p" },
      ] as const;
      for (const next of [mine, other]) {
        const before = made.last();
        made.supervisor.setInstalled([next]);
        assert.equal(before.stops, 1);
        assert.equal(before.why, `Plugin "p" was stopped, because its name belongs to ${next.root} now.`);
        before.exit();
        await settle();
        assert.notEqual(made.last(), before);
        made.last().answer();
        await settle();
        assert.deepEqual(
          [made.view().process, made.view().root, made.view().lastExit],
          ["running", next.root, undefined],
        );
      }
    });

    it("of another plugin forgets that its predecessor was stopped by the person, or did not work", async () => {
      await made.run();
      const stopping = made.supervisor.stop("p");
      made.last().exit();
      await stopping;
      assert.ok(made.view().lastExit);
      made.supervisor.setInstalled([{ ...plugin("p"), source: "user", root: "/home/p" }]);
      assert.deepEqual([made.view().lastExit, made.view().restarts], [undefined, 0]);
      void made.supervisor.ensureRunning("p");
      made.last().answer();
      await settle();
      assert.equal(made.view().process, "running");
    });

    it("that is gone or may not run any more tells whoever waits why", async () => {
      await atWork();
      made.supervisor.setDisabled("p", true);
      assert.equal(made.last().why, 'Plugin "p" is disabled.');
      made.last().exit();
      await settle();
      made.supervisor.setDisabled("p", false);
      await made.run();
      made.supervisor.setInstalled([]);
      assert.equal(made.last().why, 'Plugin "p" was stopped, because it was removed.');
    });

    it("that is gone before it was there says so, and not that the window closes", async () => {
      made.supervisor.setInstalled([plugin("p")]);
      const waiting = assert.rejects(made.supervisor.ensureRunning("p"), /"p" was stopped, because it was removed/);
      made.supervisor.setInstalled([]);
      made.last().exit();
      await waiting;
    });

    it("is replaced too when the sandbox that it must have is another one", async () => {
      let demand: "on" | undefined;
      made = makeSupervisor({ sandbox: () => demand && { demand, workspace: [], tools: [] } });
      made.supervisor.setInstalled([plugin("p")]);
      await made.run();
      made.supervisor.reconsider();
      assert.equal(made.view().process, "running");
      demand = "on";
      made.supervisor.reconsider();
      made.last().exit();
      await settle();
      assert.equal(made.processes.length, 2);
      assert.equal(made.last().spec.sandbox?.demand, "on");
    });
  });
});
