import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareSettings } from "../../host/server.ts";

describe("the settings of a VS Code server", () => {
  it("are a person's from the second start on where they are kept, and a test's own each time where not", () => {
    const dataDir = mkdtempSync(join(tmpdir(), "parley-settings-"));
    try {
      const file = join(dataDir, "data", "Machine", "settings.json");
      const theirs = '{ "parley.model": "endpoint:mine" } // kept as it is';
      prepareSettings({ dataDir, settings: { "parley.model": "guide" }, keepSettings: true });
      assert.equal(JSON.parse(readFileSync(file, "utf8"))["parley.model"], "guide");
      writeFileSync(file, theirs);
      prepareSettings({ dataDir, settings: { "parley.model": "guide" }, keepSettings: true });
      assert.equal(readFileSync(file, "utf8"), theirs);
      prepareSettings({ dataDir });
      assert.deepEqual(Object.keys(JSON.parse(readFileSync(file, "utf8"))).includes("parley.model"), false);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
