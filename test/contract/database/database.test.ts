/** A plugin's own database through both SDKs, over real processes. */
import assert from "node:assert/strict";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf } from "../../support/failures.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";

const languages = {
  typescript: { runtime: "node", entry: "./main.ts" },
  python: { runtime: "python", entry: "./main.py" },
};
const offers = [{ name: "go", description: "Goes.", action: "read" }];

for (const [language, run] of Object.entries(languages)) {
  describe(`the database of a plugin in ${language}`, function () {
    this.timeout(20_000);
    let real: RealHost;
    afterEach(() => real.stop());

    async function start(wants: unknown[]): Promise<void> {
      real = await realHost({
        packages: (folder) => {
          cpSync(join(import.meta.dirname, "fixtures", language), join(folder, "keeper"), { recursive: true });
          writeFileSync(join(folder, "keeper", "plugin.json"), manifestText("keeper", { run, offers, wants }));
        },
      });
    }
    const go = () => real.host.calls.call({ caller: "person", to: { plugin: "keeper" }, name: "go", args: {} });

    it("keeps rows in the plugin's data folder, exactly", async () => {
      await start([{ verb: "state", target: "database", why: "To keep notes." }]);
      assert.deepEqual((await go()).result, {
        columns: ["text", "big", "bytes"],
        seen: ["one", "1152921504606846976", [0, 255], "two", null],
        refused: "denied",
      });
      assert.ok(existsSync(join(real.folder, "data", "keeper", "database.sqlite")));
    });

    it("needs the right to it", async () => {
      await start([]);
      const failure = await failureOf(go());
      assert.equal(failure.kind, "denied");
      assert.match(failure.message, /no right to state database/);
      assert.equal(existsSync(join(real.folder, "data", "keeper", "database.sqlite")), false);
    });
  });
}
