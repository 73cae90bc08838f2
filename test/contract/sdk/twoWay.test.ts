import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ParleyManifest, packageManifest, parleyManifest } from "../../../src/protocol/manifest.ts";
import { FakeHost } from "../../support/fakeHost.ts";

const folder = new URL("../../../docs/examples/two-way/", import.meta.url);

for (const file of ["main.ts", "main.py"]) {
  describe(`the two-way example, ${file}`, function () {
    this.timeout(15_000);
    const entry = fileURLToPath(new URL(file, folder));

    it("has at most 30 lines", () => {
      const lines = readFileSync(entry, "utf8").trimEnd().split("\n");
      assert.ok(lines.length <= 30, `${lines.length} lines`);
      assert.ok(lines.every((line) => line.length <= 120));
    });

    it("has a tool, adds a message, and denies", async () => {
      const host = await FakeHost.start({ entry, name: "two-way" });
      try {
        const [offer] = manifest().offers;
        assert.deepEqual([offer?.name, offer?.facets?.agent], ["count_words", true]);
        const args = offer?.examples?.[0]?.args;
        assert.deepEqual(await host.call("count_words", args, { conversation: "c1" }), { words: 6 });
        const [message] = host.sent("conversation/addMessage");
        assert.deepEqual([message?.content, message?._meta?.conversation], ["I counted **6** words.", "c1"]);
        const write = async (path: string, action: string) => {
          const subject = { plugin: "repoagent", name: "file.write", action, args: { path } };
          const params = { point: "tool", phase: "before" as const, invocation: "i", subject };
          return (await host.connection.request("intercept", params)).decision;
        };
        assert.equal(await write("yarn.lock", "write"), "deny");
        assert.equal(await write("yarn.lock", "read"), "allow");
        assert.equal(await write("main.ts", "write"), "allow");
        assert.equal(await host.stop(), 0);
      } finally {
        host.kill();
      }
    });
  });
}

it("the two-way example's manifest is valid, and the same in both languages but for what it runs", () => {
  const { run, ...typescript } = manifest();
  const { run: other, ...python } = manifest("../two-way-python/plugin.json");
  assert.deepEqual(python, typescript);
  assert.deepEqual([run.runtime, other.runtime], ["node", "python"]);
});

function manifest(file = "plugin.json"): ParleyManifest {
  const { extensions } = packageManifest.parse(JSON.parse(readFileSync(new URL(file, folder), "utf8")));
  return parleyManifest.parse(extensions?.["dev.parley"]);
}
