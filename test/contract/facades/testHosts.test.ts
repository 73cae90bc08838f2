/** What the façades need is there in the small hosts that authors test with, in both languages, for plugins in both. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CallRow } from "../../../src/protocol/plugin/calls.ts";
import { startTestHost } from "../../../src/sdk/testing.ts";
import { manifestText } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { kindOf } from "../../unit/rpc/support.ts";
import { type Language, languages, patternsFolder, runs } from "./rig.ts";

const sdk = join(import.meta.dirname, "../../../src/sdk");
const rows = [
  ["Fold 2 cranes", "succeeded", { folded: 2 }],
  ["Fold 5000 cranes", "cancelled", null],
];

const names = ["double", "heard", "keep", "listed", "race", "say", "tell", "twice", "withdraw"];

/** A plugin whose manifest names nothing that it offers; the folder is the caller's to remove. */
function words(language: Language): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-words-"));
  cpSync(join(import.meta.dirname, "fixtures", language), folder, { recursive: true });
  writeFileSync(join(folder, "plugin.json"), manifestText("words", { run: runs[language] }));
  return folder;
}

/** What the Python SDK's host for tests sees of a plugin. */
async function seenByPython<Seen>(what: string, folder: string): Promise<Seen> {
  const env = {
    ...process.env,
    PYTHONPATH: join(sdk, "python"),
    PYTHONDONTWRITEBYTECODE: "1",
    NODE_OPTIONS: `--import ${new URL("../../../src/sdk/resolve.mjs", import.meta.url).href}`,
  };
  const script = join(import.meta.dirname, "test_host.py");
  const { stdout } = await promisify(execFile)("python3", [script, what, folder, process.execPath], { env });
  return JSON.parse(stdout) as Seen;
}

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
      const seen = await seenByPython("tasks", join(patternsFolder, "task", language));
      assert.deepEqual(seen, { stopping: "cancelling", rows, offers: [] });
    });

    it(`in TypeScript takes what a plugin in ${language} declares without its manifest, and lists it`, async () => {
      const folder = words(language);
      const host = await startTestHost(folder);
      try {
        await until("all are registered", () => host.offers.length === names.length);
        assert.deepEqual([...host.offers].sort(), names);
        const listed = await host.call<{ commands: string[][]; providers: string[] }>("listed");
        assert.deepEqual([listed.commands.length, listed.providers], [8, ["twice"]]);
      } finally {
        await host.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it(`in Python takes what a plugin in ${language} declares without its manifest, and lists it`, async () => {
      const folder = words(language);
      try {
        const seen = await seenByPython<{ offers: string[]; commands: string[][]; providers: string[] }>(
          "words",
          folder,
        );
        assert.deepEqual([seen.offers.sort(), seen.commands.length, seen.providers], [names, 8, ["twice"]]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
