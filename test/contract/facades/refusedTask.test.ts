/** Background work whose call is refused before it reaches the plugin: whoever waits for it is told. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { failureOf } from "../../support/failures.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { languages, runs } from "./rig.ts";

const authors = join(import.meta.dirname, "../sdk/fixtures");
/** Its manifest declares a gate that its program does not keep, so that nothing passes it. */
const warden = {
  run: runs.python,
  intercepts: [{ point: "call" }],
  wants: [{ verb: "intercept", target: "call", why: "x" }],
};

for (const language of languages) {
  describe(`a task of a plugin in ${language} that may not begin`, function () {
    this.timeout(30_000);
    let real: RealHost;
    afterEach(() => real.stop());

    it("fails with the reason, and leaves nothing behind", async () => {
      real = await realHost({
        packages: (folder) => {
          const { entry } = runs[language];
          mkdirSync(join(folder, "author"));
          cpSync(join(authors, basename(entry).replace("main", "author")), join(folder, "author", entry));
          writeFileSync(join(folder, "author", "plugin.json"), manifestText("author", { run: runs[language] }));
          mkdirSync(join(folder, "warden"));
          const program = "from parley import Plugin\n\nPlugin().start()\n";
          writeFileSync(join(folder, "warden", "main.py"), program);
          writeFileSync(join(folder, "warden", "plugin.json"), manifestText("warden", warden));
        },
      });
      await real.host.supervisor.ensureRunning("author");
      const to = { plugin: "author" };
      const failure = await failureOf(real.host.calls.call({ caller: "person", to, name: "background", args: {} }));
      assert.equal(failure.kind, "blocked");
      assert.match(failure.message, /was blocked by warden/);
      await until("its offer is taken back", () =>
        real.host.offers.ofPlugin("author").every(({ offer }) => !offer.name.startsWith("task-")),
      );
    });
  });
}
