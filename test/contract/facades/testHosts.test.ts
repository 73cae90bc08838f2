/** What the façades need is there in the small hosts that authors test with, in both languages, for plugins in both. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CallRow } from "../../../src/protocol/plugin/calls.ts";
import { startTestHost } from "../../../src/sdk/testing.ts";
import { until } from "../../support/until.ts";
import { kindOf } from "../../unit/rpc/support.ts";
import { languages, patternsFolder } from "./rig.ts";

const sdk = join(import.meta.dirname, "../../../src/sdk");
const rows = [
  ["Fold 2 cranes", "succeeded", { folded: 2 }],
  ["Fold 5000 cranes", "cancelled", null],
];

describe("a host for tests", function () {
  this.timeout(20_000);

  for (const language of languages) {
    it(`in TypeScript lets a plugin in ${language} work in the background`, async () => {
      const host = await startTestHost(join(patternsFolder, "task", language));
      try {
        const done = await host.call<string>("begin", { cranes: 2 });
        const endless = await host.call<string>("begin", { cranes: 5_000 });
        assert.equal(await host.call("stop", { id: endless }), "cancelling");
        const seen = await until("both have ended", async () => {
          const known = await host.call<(CallRow & { title: string })[]>("list");
          return known.every(({ endedAt }) => endedAt !== undefined) && known;
        });
        assert.deepEqual(
          seen.map(({ title, status, result }) => [title, status, result ?? null]),
          rows,
        );
        assert.deepEqual([seen[0]?.callId, seen[1]?.callId], [done, endless]);
        assert.deepEqual(host.offers, [], "the manifest's are not declared again, and a task takes its own back");
        assert.equal(await kindOf(host.call("order", { cranes: 1 })), "unavailable");
        assert.equal(await kindOf(host.call("look", { id: "nobody" })), "notFound");
      } finally {
        await host.stop();
      }
    });

    it(`in Python lets a plugin in ${language} work in the background`, async () => {
      const env = {
        ...process.env,
        PYTHONPATH: join(sdk, "python"),
        PYTHONDONTWRITEBYTECODE: "1",
        NODE_OPTIONS: `--import ${new URL("../../../src/sdk/resolve.mjs", import.meta.url).href}`,
      };
      const script = join(import.meta.dirname, "test_host.py");
      const folder = join(patternsFolder, "task", language);
      const { stdout } = await promisify(execFile)("python3", [script, folder, process.execPath], { env });
      assert.deepEqual(JSON.parse(stdout), { stopping: "cancelling", rows, offers: [] });
    });
  }
});
