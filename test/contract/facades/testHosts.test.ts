/** What the façades need is there in the small hosts that authors test with, in both languages, for plugins in both. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CallRow } from "../../../src/protocol/plugin/calls.ts";
import { startTestHost } from "../../../src/sdk/testing.ts";
import { failureOf, kindOf } from "../../support/failures.ts";
import { manifestText } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { type Language, languages, otherThan, patternsFolder, runs } from "./rig.ts";

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
  return JSON.parse((await runByPython(what, folder)).stdout) as Seen;
}

function runByPython(what: string, folder: string): Promise<{ stdout: string; stderr: string }> {
  const env = {
    ...process.env,
    PYTHONPATH: join(sdk, "python"),
    PYTHONDONTWRITEBYTECODE: "1",
    NODE_OPTIONS: `--import ${new URL("../../../src/sdk/resolve.mjs", import.meta.url).href}`,
  };
  const script = join(import.meta.dirname, "test_host.py");
  return promisify(execFile)("python3", [script, what, folder, process.execPath], { env });
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

    it(`in both languages stands around a plugin in ${language} as Parley does, with its places and its defaults`, async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-around-")));
      cpSync(join(import.meta.dirname, "fixtures", "around"), folder, { recursive: true });
      const config = {
        type: "object",
        properties: { limit: { type: "integer", default: 5 }, name: { type: "string" } },
      };
      const run = { ...runs[language], env: { LARDER: `\${PLUGIN_DATA}/larder` } };
      writeFileSync(join(folder, "plugin.json"), manifestText("around", { run, config }));
      const wanted = {
        before: [{ decision: "allow" }],
        after: [{ decision: "allow", updated: { result: { around: 4 } } }],
        place: { root: true, data: true, run: true, config: { limit: 5 } },
      };
      try {
        const host = await startTestHost(folder);
        const subject = { plugin: "other", name: "do", action: "read", args: {} };
        const one = { invocation: "one" };
        const before = await host.intercept("call", subject, "before", one);
        const after = await host.intercept("call", { ...subject, result: 4 }, "after", one);
        const place = await host.call("place");
        await host.stop();
        assert.deepEqual({ before, after, place }, wanted);
        assert.deepEqual(await seenByPython("around", folder), wanted);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it(`in TypeScript leaves the calls that a plugin in ${language} makes to others to the test, not those to itself`, async () => {
      const host = await startTestHost(join(patternsFolder, "hook", language));
      const tasks = await startTestHost(join(patternsFolder, "task", language));
      const asked: unknown[] = [];
      try {
        for (const each of [host, tasks])
          each.answer("call", ({ to, name }) => asked.push({ to, name }) && "from others");
        assert.deepEqual(await host.call("write", { text: "Tea" }), { saved: "Tea" });
        assert.match(
          (await failureOf(host.call("erase"))).todo ?? "",
          /declare in code: a point with `hooks\.declare`/,
        );
        const done = await tasks.call<string>("begin", { cranes: 1 });
        await until(
          "it has ended",
          async () => (await tasks.call<CallRow>("look", { id: done })).status === "succeeded",
        );
        assert.deepEqual(asked, []);
        assert.equal(await tasks.call("order", { cranes: 1 }), "from others");
        assert.deepEqual(asked, [{ to: { plugin: `task-${otherThan(language)}` }, name: "begin" }]);
      } finally {
        await Promise.all([host.stop(), tasks.stop()]);
      }
    });

    it(`in TypeScript answers a message of a plugin in ${language} in the name of its receiver`, async () => {
      const host = await startTestHost(join(patternsFolder, "message", language));
      try {
        const asking = host.call("ask", { numbers: [1, 2] });
        const sent = await until("it is sent", () => host.published[0]);
        const reply = { requestId: (sent.data as { requestId: string }).requestId, reply: { sum: 3 } };
        assert.equal(await kindOf(host.call("inbox.reply", reply)), "denied");
        await host.call("inbox.reply", reply, { caller: `plugin:${sent.to}` });
        assert.deepEqual(await asking, { sum: 3 });
      } finally {
        await host.stop();
      }
    });

    it(`in Python does both for a plugin in ${language}`, async () => {
      const others = await seenByPython("others", join(patternsFolder, "task", language));
      const asked = [{ to: { plugin: `task-${otherThan(language)}` }, name: "begin" }];
      assert.deepEqual(others, { before: [], order: "from others", asked });
      const message = await seenByPython("message", join(patternsFolder, "message", language));
      assert.deepEqual(message, { refused: "denied", answer: { sum: 3 } });
    });

    it(`in both languages shows what a plugin in ${language} logs to its end, and where it failed`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "parley-failing-"));
      cpSync(join(import.meta.dirname, "fixtures", "failing"), folder, { recursive: true });
      writeFileSync(join(folder, "plugin.json"), manifestText("failing", { run: runs[language] }));
      try {
        const logged: string[] = [];
        const host = await startTestHost(folder, { onLog: (text) => logged.push(text) });
        assert.equal(await kindOf(host.call("divide")), "internal");
        await host.stop();
        const { stderr } = await runByPython("failing", folder);
        for (const text of [logged.join(""), stderr]) {
          assert.match(text, /^warn: about to fail \{"by": ?0\}$/m);
          assert.match(text, /^error: .*division by nothing\n(?:.*\n)*.*main\.(?:ts|py)\b/m, text);
          assert.equal(text.match(/^info: leaving/gm)?.length, 50, "also what it says when it leaves");
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
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
