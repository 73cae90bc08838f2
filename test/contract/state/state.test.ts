/** State through both SDKs, over real processes and the real store: whose it is, and who hears of its changes. */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kindOf } from "../../support/failures.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

const languages = {
  typescript: { runtime: "node", entry: "./main.ts" },
  python: { runtime: "python", entry: "./main.py" },
};
const offers = ["set", "get", "heard"].map((name) => ({ name, description: name, action: "read" }));
const shared = { verb: "state", target: "shared:team.x", why: "To share." };
const hears = { verb: "subscribe", target: "state.shared.team_x.>", why: "To hear of it." };

for (const [language, run] of Object.entries(languages)) {
  describe(`the state of plugins in ${language}`, function () {
    this.timeout(30_000);
    let real: RealHost;
    afterEach(() => real.stop());

    function put(folder: string, name: string, wants: unknown[]): void {
      cpSync(join(import.meta.dirname, "fixtures", language), join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, "plugin.json"), manifestText(name, { run, offers, wants }));
    }
    const call = async (plugin: string, name: string, args: Record<string, unknown> = {}) =>
      (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result;
    const heardBy = (plugin: string, count: number) =>
      until(`${plugin} heard of ${count} changes`, async () => {
        const heard = (await call(plugin, "heard")) as unknown[];
        return heard.length >= count && heard;
      });

    it("is watched by key and by prefix, its own and shared, with the right to read it", async () => {
      real = await realHost({
        packages: (folder) => {
          put(folder, "one", [shared, hears]);
          put(folder, "two", [shared, hears]);
          put(folder, "deaf", [hears]);
        },
      });
      // All of them run, and have subscribed.
      for (const plugin of ["one", "two", "deaf"]) await call(plugin, "set", { scope: "plugin", key: "k", value: 0 });
      assert.equal(await call("one", "set", { scope: "plugin", key: "k1", value: 1 }), 1);
      await call("one", "set", { scope: "plugin", key: "other", value: 1 });
      await call("one", "set", { scope: "shared:team.x", key: "unseen", value: 1 });
      await call("one", "set", { scope: "shared:team.x", key: "seen", value: 1 });
      const told = ["shared:team.x", "seen", 1, "one"];
      assert.deepEqual(await heardBy("one", 3), [["plugin", "k", 1, "one"], ["plugin", "k1", 1, "one"], told]);
      assert.deepEqual(await heardBy("two", 2), [["plugin", "k", 1, "two"], told]);
      assert.deepEqual(await call("deaf", "heard"), [["plugin", "k", 1, "deaf"]]);
      assert.equal(await kindOf(call("deaf", "get", { scope: "shared:team.x", key: "seen" })), "denied");
    });

    it("is another's where the plugin of that name comes from elsewhere, and what was kept before is the first one's", async () => {
      real = await realHost({ packages: (folder) => put(folder, "one", []) });
      await real.store.setState("one", "plugin", "old", JSON.stringify("kept"));
      assert.equal(await call("one", "get", { scope: "plugin", key: "old" }), "kept");
      await call("one", "set", { scope: "plugin", key: "k", value: "mine" });
      const found = real.found.map((plugin) => ({
        ...plugin,
        source: "user" as const,
        dataDir: `${plugin.dataDir}@other`,
      }));
      await real.host.setInstalled(found);
      for (const plugin of found) await real.host.letIn(plugin.name, plugin);
      assert.equal(await call("one", "get", { scope: "plugin", key: "k" }), null);
      assert.equal(await call("one", "get", { scope: "plugin", key: "old" }), null);
      await real.host.setInstalled(real.found);
      assert.equal(await call("one", "get", { scope: "plugin", key: "k" }), "mine");
    });
  });
}
