/** Many calls change one value at the same time: none is lost, none is told that it writes too often. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { languages, runs } from "./rig.ts";

const authors = join(import.meta.dirname, "../sdk/fixtures");
const files = { typescript: "author.ts", python: "author.py" };
const many = 40;

for (const language of languages) {
  describe(`one value that ${many} calls of a plugin in ${language} change at once`, function () {
    this.timeout(40_000);
    let real: RealHost;
    afterEach(() => real.stop());

    it("has all of their changes", async () => {
      real = await realHost({
        packages: (folder) => {
          mkdirSync(join(folder, "author"));
          cpSync(join(authors, files[language]), join(folder, "author", runs[language].entry));
          writeFileSync(join(folder, "author", "plugin.json"), manifestText("author", { run: runs[language] }));
        },
      });
      await real.host.supervisor.ensureRunning("author");
      const call = { caller: "person", to: { plugin: "author" }, name: "count", args: {} } as const;
      const all = await Promise.all(Array.from({ length: many }, () => real.host.calls.call(call)));
      const counts = all.map(({ result }) => result as number).sort((one, other) => one - other);
      assert.deepEqual(
        counts,
        Array.from({ length: many }, (_, at) => at + 1),
      );
    });
  });
}
